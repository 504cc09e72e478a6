import { describe, expect, it } from '@jest/globals';
import type { UniqueRule } from '@tenure/applications';
import { nameCandidates } from './name-candidates.js';

describe('nameCandidates', () => {
  it.each<[string, string, string[], UniqueRule, string[]]>([
    ['numbers after the name itself', 'jdoe', [], {}, ['jdoe', 'jdoe2', 'jdoe3']],
    ['the alternatives first, in their order', 'jdoe', ['john.doe', 'doej'], {}, ['jdoe', 'john.doe', 'doej', 'jdoe2']],
    ['the number before the @ of an address', 'jdoe@example.com', [], {}, ['jdoe@example.com', 'jdoe2@example.com']],
    ['no number where none is wanted', 'jdoe', ['john.doe'], { suffix: 'none' }, ['jdoe', 'john.doe']],
    ['one name once, whatever its case', 'jdoe', ['JDoe', 'jdoe2', ''], {}, ['jdoe', 'jdoe2', 'jdoe3']],
  ])('gives %s', (_, base, alternatives, rule, first) => {
    expect(nameCandidates(base, alternatives, rule).slice(0, first.length)).toEqual(first);
  });

  it('ends', () => {
    expect(nameCandidates('jdoe', [], {})).toHaveLength(201);
    expect(nameCandidates('jdoe', [], { suffix: 'none' })).toEqual(['jdoe']);
  });
});
