import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileIdentityRules, type CompiledScoreRule } from '../rules/compile-identity-rules.js';
import type { Person } from '../model/person.js';
import { readIdentitySettings } from '../rules/read-identity-settings.js';
import { decideByScore, scoreCandidates } from './score-candidates.js';

function rule(score: string): CompiledScoreRule {
  const correlation = [{ kind: 'score', name: 'names', among: 'name', score, linkFrom: 0.95, askFrom: 0.7 }];
  const { settings, faults } = readIdentitySettings({ correlation });
  expect(faults).toEqual([]);
  return compileIdentityRules(settings).scores[0]!;
}

const candidate = (id: string, person: Person): { id: string } & Record<string, unknown> => ({
  state: 'active',
  groups: [],
  custom: {},
  ...person,
  id,
});
const ADA = { person: { givenName: 'Ada', familyName: 'Lovelace', country: 'GB' }, externalId: 'x1' };

describe('scoreCandidates', () => {
  const names = rule(
    '0.8 * similarity(record.givenName + " " + record.familyName, identity.givenName + " " + identity.familyName) + (record.country == identity.country ? 0.2 : 0.0)',
  );

  it('puts the best first, and equal ones by their id', () => {
    const scored = scoreCandidates(names, ADA, [
      candidate('c', { givenName: 'Eve', familyName: 'Stone', country: 'GB' }),
      candidate('b', { givenName: 'Ada', familyName: 'Lovelace', country: 'GB' }),
      candidate('a', { givenName: 'ADA', familyName: 'Lovelace', country: 'GB' }),
      candidate('d', { givenName: 'Ada', familyName: 'Lovelac', country: 'IT' }),
    ]);
    expect(scored.map(({ identityId }) => identityId)).toEqual(['a', 'b', 'd', 'c']);
    expect(scored[0]).toEqual({ identityId: 'a', score: 1 });
  });

  it('counts as 0 what cannot be computed, says why, and goes on', () => {
    expect(
      scoreCandidates(names, ADA, [candidate('a', { givenName: 'Ada' }), candidate('b', { ...ADA.person })]),
    ).toEqual([
      { identityId: 'b', score: 1 },
      { identityId: 'a', score: 0, fault: 'An attribute that the expression needs has no value.' },
    ]);
  });

  it.each([
    ['3', 1],
    ['-1', 0],
    ['record.externalId == "x1" ? 1 : 0', 1],
    ['size(record.groups) == 0 ? 0.5 : 0.0', 0.5],
  ])('%s is %p', (score, expected) => {
    expect(scoreCandidates(rule(score), ADA, [candidate('a', {})])[0]?.score).toBe(expected);
  });
});

describe('decideByScore', () => {
  const thresholds = { linkFrom: 0.9, askFrom: 0.6 };
  const decide = (...scores: number[]): string => {
    const verdict = decideByScore(
      thresholds,
      scores.map((score, index) => ({ identityId: `i${index}`, score })),
    );
    if (verdict.kind === 'ask') return `ask about ${verdict.candidates.map(({ identityId }) => identityId).join(', ')}`;
    return verdict.kind === 'certain' ? `certain: ${verdict.identityId}` : 'none';
  };

  it.each([
    [[], 'none'],
    [[0.59], 'none'],
    [[0.6], 'ask about i0'],
    [[0.89, 0.1], 'ask about i0'],
    [[0.9, 0.59], 'certain: i0'],
    [[0.95, 0.6], 'ask about i0, i1'],
    [[1, 1], 'ask about i0, i1'],
  ])('scores of %j: %s', (scores, expected) => {
    expect(decide(...scores)).toBe(expected);
  });

  it('is never certain where a second one may be meant', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }), (scores) => {
        const sorted = [...scores].sort((a, b) => b - a);
        if (decide(...sorted).startsWith('certain')) expect(sorted[1] ?? 0).toBeLessThan(thresholds.askFrom);
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });
});
