import { describe, expect, it } from '@jest/globals';
import { takeBlind, type BlindBuckets } from './token-bucket.js';

const LIMITS = { all: { perSecond: 20, burst: 50 }, write: { perSecond: 8, burst: 5 } };
const want = (of: 'read' | 'write', count: number) => ({ of, urgent: false, count });

describe('takeBlind', () => {
  it.each([
    ['nothing at first, and says when its share of the rate is due', {}, 'write', 1, 0, { granted: 0, waitMs: 500 }],
    ['one when that has come', { all: 0, write: 0 }, 'write', 3, 500, { granted: 1, waitMs: 500 }],
    [
      'never more than one at once, however long it was',
      { all: 0, write: 0 },
      'write',
      3,
      60_000,
      { granted: 1, waitMs: 500 },
    ],
    ['only by the limit of all for a class without its own', { all: 0 }, 'read', 1, 200, { granted: 1, waitMs: 0 }],
    ['nothing while one of both is empty', { all: 1, write: 0 }, 'write', 1, 100, { granted: 0, waitMs: 400 }],
  ] as const)('takes %s', (_, tokens, of, count, now, grant) => {
    const before = Object.fromEntries(
      Object.entries(tokens).map(([name, left]) => [name, { tokens: left, at: 0 }]),
    ) as BlindBuckets;
    const taken = takeBlind(before, LIMITS, 4, want(of, count), now).grant;
    expect({ ...taken, waitMs: Math.round(taken.waitMs) }).toEqual(grant);
  });

  it('keeps all workers together below the limit, whatever they ask', () => {
    let granted = 0;
    const workers: BlindBuckets[] = [{}, {}, {}, {}];
    for (let now = 0; now <= 10_000; now += 7)
      for (const [index, before] of workers.entries()) {
        const taken = takeBlind(before, LIMITS, workers.length, want('write', 5), now);
        workers[index] = taken.buckets;
        granted += taken.grant.granted;
      }
    expect(granted).toBeLessThanOrEqual(80);
    expect(granted).toBeGreaterThan(70);
  });

  it('takes everything where there is no limit', () => {
    expect(takeBlind({}, {}, 4, want('read', 9), 0).grant).toEqual({ granted: 9, waitMs: 0 });
  });
});
