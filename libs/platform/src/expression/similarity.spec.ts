import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { similarity } from './similarity.js';

describe('similarity', () => {
  it.each([
    ['Ada', 'Ada', 1],
    ['MARTHA', 'MARHTA', 0.961],
    ['DIXON', 'DICKSONX', 0.813],
    ['DWAYNE', 'DUANE', 0.84],
    ['José', 'JOSE', 1],
    ['Müller', 'Muller', 1],
    ['Straße', 'STRASSE', 1],
    ['Łukasz', 'lukasz', 1],
    ['Smørrebrød', 'smorrebrod', 1],
    ['  Ada ', 'ada', 1],
    ['ada', 'xyz', 0],
    ['', 'ada', 0],
    ['', '', 0],
    ['김', '김', 1],
  ])('of %p and %p is %p', (a, b, expected) => {
    expect(similarity(a, b)).toBeCloseTo(expected, 3);
  });

  const text = fc.string({ unit: 'grapheme', maxLength: 30 });

  it('is from 0 to 1 and the same both ways; 1 exactly for a text and itself', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const score = similarity(a, b);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(similarity(b, a)).toBeCloseTo(score, 12);
        expect([0, 1]).toContain(similarity(a, a));
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  it('looks at the first 200 characters of a long text only', () => {
    const long = 'a'.repeat(100_000);
    expect(similarity(long, `${long}b`)).toBe(1);
    expect(similarity('a'.repeat(200) + 'x'.repeat(50), 'a'.repeat(200) + 'y'.repeat(50))).toBe(1);
  });
});
