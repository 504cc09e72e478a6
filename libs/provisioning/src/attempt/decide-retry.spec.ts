import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ERROR_CLASSES, type ErrorClass } from '@tenure/connectors';
import {
  backoffMs,
  decideRetry,
  decideRetryAt,
  MAX_ATTEMPTS,
  quarantineMs,
  type Failure,
  type RetryVerdict,
} from './decide-retry.js';

const SETTLE = 2_000;
const HALF = 0.5;

/** A verdict as one readable text. */
const told = ({ again, delayMs, lookFirst, counts }: RetryVerdict): string =>
  [again ? `again in ${delayMs} ms` : 'failed', lookFirst && 'look first', !counts && 'does not count']
    .filter(Boolean)
    .join(', ');

describe('decideRetry', () => {
  it.each<[Failure, attempts: number, string]>([
    [{ class: 'retryable' }, 1, 'again in 750 ms'],
    [{ class: 'retryable' }, 2, 'again in 1500 ms'],
    [{ class: 'retryable' }, MAX_ATTEMPTS - 1, 'again in 675000 ms'],
    [{ class: 'retryable' }, MAX_ATTEMPTS, 'failed'],
    [{ class: 'retryable', retryAfterMs: 60_000 }, 1, 'again in 60000 ms'],
    [{ class: 'retryable', retryAfterMs: 1 }, 1, 'again in 750 ms'],
    [{ class: 'precondition' }, 1, 'again in 750 ms'],
    [{ class: 'precondition' }, MAX_ATTEMPTS, 'failed'],
    [{ class: 'rate_limited', retryAfterMs: 7_000 }, 1, 'again in 7000 ms, does not count'],
    [{ class: 'rate_limited', retryAfterMs: 0 }, 1, 'again in 1000 ms, does not count'],
    [{ class: 'not_found', retryAfterMs: 5_000 }, 1, 'again in 5000 ms, look first'],
    [{ class: 'rate_limited' }, 1, 'again in 5000 ms, does not count'],
    [{ class: 'rate_limited' }, 1_000, 'again in 5000 ms, does not count'],
    [{ class: 'auth' }, 1_000, 'again in 0 ms, does not count'],
    [{ class: 'outcome_unknown' }, 1, 'again in 2000 ms, look first'],
    [{ class: 'outcome_unknown' }, 5, 'again in 6000 ms, look first'],
    [{ class: 'outcome_unknown' }, MAX_ATTEMPTS, 'failed, look first'],
    [{ class: 'not_found' }, 1, 'again in 750 ms, look first'],
    [{ class: 'not_found' }, 3, 'failed, look first'],
    [{ class: 'conflict' }, 1, 'failed'],
    [{ class: 'forbidden' }, 1, 'failed'],
    [{ class: 'invalid' }, 1, 'failed'],
    [{ class: 'unsupported' }, 1, 'failed'],
    [{ class: 'permanent' }, 1, 'failed'],
  ])('%j at the failure number %d: %s', (failure, attempts, expected) => {
    expect(told(decideRetry(failure, attempts, SETTLE, HALF))).toBe(expected);
  });

  it('has a verdict for every class of error', () => {
    for (const errorClass of ERROR_CLASSES) expect(decideRetry({ class: errorClass }, 1, SETTLE, HALF)).toBeDefined();
  });

  it('never sends again what may still be under way: an unknown outcome waits as long as the app may still act', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.nat(600_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, settleMs, random) => {
          const { delayMs, lookFirst } = decideRetry({ class: 'outcome_unknown' }, attempts, settleMs, random);
          expect(delayMs).toBeGreaterThanOrEqual(settleMs);
          expect(lookFirst).toBe(true);
        },
      ),
      { seed: 20_261_124, numRuns: 200 },
    );
  });

  it('ends: whatever counts does not go on for ever', () => {
    for (const errorClass of ERROR_CLASSES) {
      const { again, counts } = decideRetry({ class: errorClass }, MAX_ATTEMPTS, SETTLE, HALF);
      if (counts) expect(again).toBe(false);
    }
  });
});

describe('decideRetryAt', () => {
  it.each<[ErrorClass, string]>([
    ['retryable', 'again in 0 ms, does not count'],
    ['auth', 'again in 0 ms, does not count'],
    ['rate_limited', 'again in 0 ms, does not count'],
    ['outcome_unknown', 'again in 675000 ms, look first, does not count'],
    ['invalid', 'failed'],
  ])('while the application rests, an account out of tries with the error %s: %s', (errorClass, expected) => {
    expect(told(decideRetryAt(true, { class: errorClass }, MAX_ATTEMPTS, SETTLE, HALF))).toBe(expected);
  });

  it('is the verdict of every day while the application does not rest', () => {
    for (const errorClass of ERROR_CLASSES) {
      const failure = { class: errorClass };
      expect(decideRetryAt(false, failure, 3, SETTLE, HALF)).toEqual(decideRetry(failure, 3, SETTLE, HALF));
    }
  });
});

describe('backoffMs', () => {
  it('doubles, with jitter in its upper half, up to a quarter of an hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const ceiling = Math.min(15 * 60_000, 500 * 2 ** Math.min(attempts, 30));
          const delay = backoffMs(attempts, random);
          expect(delay).toBeGreaterThanOrEqual(Math.floor(ceiling / 2));
          expect(delay).toBeLessThanOrEqual(ceiling);
          expect(Number.isInteger(delay)).toBe(true);
        },
      ),
      { seed: 20_261_124, numRuns: 500 },
    );
  });
});

describe('quarantineMs', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [6, 32_000],
    [7, 60_000],
    [1_000, 60_000],
  ])('after %d failures an application rests for %d ms', (tries, ms) => {
    expect(quarantineMs(tries)).toBe(ms);
  });
});
