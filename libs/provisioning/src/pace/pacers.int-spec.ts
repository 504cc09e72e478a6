import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog, newId, RedisScript } from '@tenure/platform';
import type { RateLimits } from '@tenure/applications';
import type { RedisServer } from '../../../../scripts/lib/redis.mjs';
import { startOwnRedis } from '../../../../scripts/lib/test-servers.mjs';
import { eventually } from '../../../../test/support/eventually.js';
import { OutOfTurn } from '../attempt/attempt.js';
import { Pacers } from './pacers.js';
import { RateBuckets } from './rate-buckets.js';
import { TAKE_TOKENS } from './take-tokens.js';

const LIMIT = { perSecond: 100, burst: 20 };
const LIMITS: RateLimits = { write: LIMIT };
/** How late (ms) a turn that was given may be noticed here, where two cores do much else. */
const LATE_MS = 150;

/** What one process has of the pace: its own connection, its own queue. */
class Process {
  private readonly script: RedisScript;
  readonly pacers: Pacers;

  constructor(redisUrl: string) {
    this.script = new RedisScript(redisUrl, createLog('spec', 'silent'), TAKE_TOKENS);
    this.pacers = new Pacers(new RateBuckets(this.script));
  }

  close(): void {
    this.script.close();
  }
}

describe('the pace of an application', () => {
  let redis: RedisServer;
  let processes: [Process, Process];
  let app: { id: string; limits: RateLimits };
  beforeAll(async () => {
    redis = await startOwnRedis({ durable: false });
  });
  afterAll(() => redis.stop());
  beforeEach(() => {
    app = { id: newId(), limits: LIMITS };
    processes = [new Process(redis.url), new Process(redis.url)];
  });
  afterEach(() => {
    for (const process of processes) process.close();
  });

  /** Everybody calls as fast as they may until `until` resolves; when each call was made (ms). */
  async function callAll(
    until: (began: number) => Promise<unknown>,
    callers = 8,
  ): Promise<{ times: number[]; began: number }> {
    const times: number[] = [];
    const began = performance.now();
    let over = false;
    const caller = async ({ pacers }: Process, urgent: boolean): Promise<void> => {
      while (!over) {
        try {
          await pacers.of(app, urgent).pace('write', performance.now() + 500);
          times.push(performance.now());
        } catch (error) {
          if (!(error instanceof OutOfTurn)) throw error;
          await pause(5);
        }
      }
    };
    const callings = processes.flatMap((process) => Array.from({ length: callers }, () => caller(process, false)));
    await until(began);
    over = true;
    await Promise.all(callings);
    return { times: times.sort((a, b) => a - b), began };
  }

  /** The most that any stretch has above what the bucket allows. */
  function excess(times: readonly number[], { perSecond, burst } = LIMIT): number {
    let most = -Infinity;
    for (let from = 0; from < times.length; from += 1)
      for (let to = from; to < times.length; to += 1) {
        const ms = (times[to] ?? 0) - (times[from] ?? 0) + LATE_MS;
        most = Math.max(most, to - from + 1 - burst - (perSecond * ms) / 1_000);
      }
    return most;
  }

  it('is never above burst and rate for two processes at once, and goes on all the time', async () => {
    const { times, began } = await callAll(() => pause(4_000));
    const seconds = ((times.at(-1) ?? 0) - began) / 1_000;
    expect(excess(times)).toBeLessThanOrEqual(0);
    // From the start exactly: a turn is never noticed before it is given.
    expect(times.length).toBeLessThanOrEqual(LIMIT.burst + LIMIT.perSecond * seconds);
    // How much of it is used is measured by the benchmark; here it must only not stop.
    expect(times.length).toBeGreaterThan(2 * LIMIT.burst);
  });

  it('is not above it after a flush: an empty Redis is an empty bucket', async () => {
    const { times, began } = await callAll(async () => {
      await pause(1_000);
      for (let i = 0; i < 5; i += 1) {
        await redis.flush();
        await pause(200);
      }
    });
    const seconds = ((times.at(-1) ?? 0) - began) / 1_000;
    expect(excess(times)).toBeLessThanOrEqual(0);
    expect(times.length).toBeLessThanOrEqual(LIMIT.burst + LIMIT.perSecond * seconds);
    expect(times.length).toBeGreaterThan(LIMIT.burst);
  });

  it('is not above it while Redis is away, nor when it is back; work goes on meanwhile', async () => {
    let away = { from: 0, until: 0 };
    const { times, began } = await callAll(async () => {
      await pause(500);
      await redis.stop();
      away = { from: performance.now(), until: 0 };
      await pause(2_500);
      away.until = performance.now();
      await redis.start();
      await pause(1_500);
    });
    const seconds = ((times.at(-1) ?? 0) - began) / 1_000;
    expect(excess(times)).toBeLessThanOrEqual(0);
    expect(times.length).toBeLessThanOrEqual(LIMIT.burst + LIMIT.perSecond * seconds);
    const blind = times.filter((at) => at > away.from + 600 && at < away.until);
    expect(blind.length).toBeGreaterThan(0);
    expect(times.filter((at) => at > away.until).length).toBeGreaterThan(0);
  });

  it('leaves a token for leavers, who go first even where there is but one', async () => {
    const slow = { perSecond: 5, burst: 1 };
    app.limits = { all: slow };
    const order: string[] = [];
    const call = (process: Process, urgent: boolean, name: string): Promise<unknown> =>
      process.pacers
        .of(app, urgent)
        .pace('write', performance.now() + 60_000)
        .then(() => order.push(name));
    const [one, two] = processes;
    const ordinary = Array.from({ length: 6 }, () => call(one, false, 'mover'));
    await eventually(
      () => Promise.resolve(order.length),
      (count) => count >= 1,
    );
    // By another process, which knows nothing of those that wait in the first.
    const urgent = Array.from({ length: 3 }, () => call(two, true, 'leaver'));
    await Promise.all([...ordinary, ...urgent]);
    expect(order.slice(1, 5)).toEqual(expect.arrayContaining(['leaver', 'leaver', 'leaver']));
  });

  it('is closed for every process when one was asked to wait, and opens then', async () => {
    const [one, two] = processes;
    app.limits = {};
    await Promise.all(processes.map(({ pacers }) => pacers.of(app, false).pace('read', performance.now() + 5_000)));
    const closedAt = performance.now();
    one.pacers.of(app, false).limits({ waitMs: 700 });
    const refused = one.pacers.of(app, true).pace('read', performance.now() + 200);
    await expect(refused).rejects.toMatchObject({ errorClass: 'rate_limited', afterMs: expect.any(Number) });
    await Promise.all(
      [one, two].map((process) => process.pacers.of(app, true).pace('write', performance.now() + 5_000)),
    );
    const opened = performance.now() - closedAt;
    expect(opened).toBeGreaterThanOrEqual(699);
  });

  it('refuses at once what would come too late, and says when its turn would come', async () => {
    app.limits = { all: { perSecond: 2, burst: 1 } };
    const [one] = processes;
    const asked = Array.from({ length: 5 }, () => one.pacers.of(app, false).pace('read', performance.now() + 1_200));
    const settled = await Promise.allSettled(asked);
    const refused = settled.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(3);
    expect((refused.at(-1)?.reason as OutOfTurn).afterMs).toBeGreaterThan(2_000);
    expect(one.pacers.waitMs(app.id, false)).toBe(0);
  });
});
