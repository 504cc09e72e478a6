import { describe, expect, it } from '@jest/globals';
import { DEFAULT_ACCESS_SETTINGS } from '../model/access-settings.js';
import { judgeRuleChange } from './judge-rule-change.js';

const movement = (people: number): { people: number; byDepartment: []; byApplication: []; sample: [] } => ({
  people,
  byDepartment: [],
  byApplication: [],
  sample: [],
});

/** A policy that takes something from `people` of `of`, all in one application with so many accounts. */
const judged = (people: number, of: number, accounts: number, limit = DEFAULT_ACCESS_SETTINGS.publishLimit): string =>
  judgeRuleChange(
    {
      of: 'policy',
      evaluated: of,
      losing: movement(people),
      losingIn: [{ applicationId: 'wiki', application: 'Wiki', people }],
      changing: { ...movement(0), byAttribute: [] },
    },
    new Map([['wiki', accounts]]),
    limit,
  ) ?? 'acts';

describe('S2-21: a change of the rules', () => {
  it.each<[string, people: number, of: number, accounts: number, RegExp]>([
    ['takes from 5 of 20 people: 25 %', 5, 20, 20, /^would take access from 5 of 20 people/],
    ['takes from 14 of 59 people: 24 %', 14, 59, 59, /14 of 59 people/],
    ['takes from 5 people, just above 20 %', 5, 24, 24, /5 of 24/],
    ['takes from everybody of five', 5, 5, 5, /5 of 5/],
    ['takes from half of a small application', 10, 1_000, 20, /10 of the 20 people who have an account in Wiki/],
    ['takes from 200 of 900', 200, 900, 900, /200 of 900/],
    ['takes from everybody whose accounts are not counted yet', 6, 1_000, 0, /6 of the 6/],
  ])('is held when it %s', (_, people, of, accounts, reason) => {
    expect(judged(people, of, accounts)).toMatch(reason);
  });

  it.each<[string, people: number, of: number, accounts: number]>([
    ['takes from nobody', 0, 20, 20],
    ['takes from four of five', 4, 5, 5],
    ['takes from exactly 20 %', 5, 25, 25],
    ['takes from 100 of 900', 100, 900, 900],
  ])('acts when it %s', (_, people, of, accounts) => {
    expect(judged(people, of, accounts)).toBe('acts');
  });

  it('acts when nothing is taken, whatever the limit', () => {
    expect(judged(0, 0, 0, { people: 0, percent: 0 })).toBe('acts');
    expect(judged(1, 10, 10, { people: 0, percent: 0 })).toMatch(/1 of 10/);
  });
});
