import { describe, expect, it } from '@jest/globals';
import type { BudgetLimits } from '@tenure/applications';
import { BUCKET_MS, bucketOf, fitsByCount, judgeBudget, WINDOW_MS, type Spend } from './judge-budget.js';

const NOW = new Date('2026-11-26T12:02:00Z');
const ago = (ms: number, count: number): Spend => ({ at: bucketOf(new Date(NOW.getTime() - ms)), count });
const MINUTE = 60_000;

describe('judgeBudget', () => {
  it.each<[string, BudgetLimits, number, Spend[], number, number, string | null]>([
    ['lets everything through where no window is switched on', {}, 0, [], 1_000_000, 1_000_000, null],
    ['lets through exactly the count', { hour: { count: 5, percent: 0 } }, 0, [], 5, 5, null],
    ['holds the one over it', { hour: { count: 5, percent: 0 } }, 0, [], 6, 5, 'hour'],
    ['lets through exactly the percentage', { hour: { count: 0, percent: 10 } }, 50, [], 5, 5, null],
    ['holds the one over it, and counts whole ones', { hour: { count: 0, percent: 10 } }, 59, [], 6, 5, 'hour'],
    ['holds only what is over both: the count is the larger', { hour: { count: 8, percent: 10 } }, 50, [], 8, 8, null],
    ['… the percentage is the larger', { hour: { count: 2, percent: 10 } }, 50, [], 5, 5, null],
    ['… one over the larger', { hour: { count: 8, percent: 10 } }, 50, [], 9, 8, 'hour'],
    ['goes by the count alone where nobody is there', { hour: { count: 3, percent: 100 } }, 0, [], 4, 3, 'hour'],
    ['holds everything at zero and zero', { hour: { count: 0, percent: 0 } }, 1_000, [], 1, 0, 'hour'],
    ['counts what was let through before', { hour: { count: 5, percent: 0 } }, 0, [ago(0, 3)], 3, 2, 'hour'],
    ['never admits less than nothing', { hour: { count: 5, percent: 0 } }, 0, [ago(0, 9)], 3, 0, 'hour'],
    ['sums several buckets', { hour: { count: 5, percent: 0 } }, 0, [ago(0, 2), ago(20 * MINUTE, 2)], 3, 1, 'hour'],
    ['forgets after the hour', { hour: { count: 5, percent: 0 } }, 0, [ago(WINDOW_MS.hour + BUCKET_MS, 5)], 5, 5, null],
    ['not before', { hour: { count: 5, percent: 0 } }, 0, [ago(WINDOW_MS.hour, 5)], 5, 0, 'hour'],
    [
      'keeps for the day what the hour forgot',
      { hour: { count: 5, percent: 0 }, day: { count: 8, percent: 0 } },
      0,
      [ago(2 * WINDOW_MS.hour, 5)],
      5,
      3,
      'day',
    ],
    [
      'notices a slow bleed by the week',
      { day: { count: 5, percent: 0 }, week: { count: 12, percent: 0 } },
      0,
      [1, 2, 3].map((days) => ago(days * WINDOW_MS.day, 4)),
      1,
      0,
      'week',
    ],
    [
      'names the tightest window',
      { hour: { count: 5, percent: 0 }, day: { count: 4, percent: 0 } },
      0,
      [],
      9,
      4,
      'day',
    ],
  ])('%s', (_, limits, population, spends, asked, admitted, window) => {
    const verdict = judgeBudget(limits, population, spends, asked, NOW);
    expect([verdict.admitted, verdict.excess?.window ?? null]).toEqual([admitted, window]);
  });

  it('tells what it saw', () => {
    const limit = { count: 1, percent: 10 };
    expect(judgeBudget({ day: limit }, 40, [ago(MINUTE, 3)], 2, NOW)).toEqual({
      admitted: 1,
      excess: { window: 'day', limit, spent: 3, population: 40 },
    });
  });
});

describe('fitsByCount', () => {
  it.each([
    [5, true],
    [6, false],
  ])('says of %i whether the population matters', (asked, fits) =>
    expect(fitsByCount({ hour: { count: 5, percent: 50 } }, [], asked, NOW)).toBe(fits),
  );
});
