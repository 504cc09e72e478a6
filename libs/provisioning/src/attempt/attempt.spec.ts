import { describe, expect, it } from '@jest/globals';
import { ConnectorError, REMEDIES } from '@tenure/connectors';
import { judgeHealth, tallyOf } from '../health/application-health.js';
import { Attempt, classify, failureOf, InternalFault } from './attempt.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const attempt = (deadlineMs = 60_000): Attempt => new Attempt('a1:7', deadlineMs, () => NOW);

describe('Attempt', () => {
  it('makes a call and keeps its evidence', async () => {
    const tried = attempt();
    const exchange = { request: 'POST /Users', status: '201', ms: 3 };
    const answer = await tried.run('create', ['login'], (call) => {
      call.record(exchange);
      return Promise.resolve('made');
    });
    expect(answer).toBe('made');
    expect(tried.operations).toEqual([
      {
        id: expect.any(String),
        at: NOW,
        kind: 'create',
        outcome: 'succeeded',
        diff: ['login'],
        exchanges: [exchange],
        remedy: null,
        ms: expect.any(Number),
      },
    ]);
  });

  it('keeps the evidence of a failure too, with its remedy, and passes the error on', async () => {
    const tried = attempt();
    const refused = new ConnectorError('forbidden', 'no right');
    await expect(tried.run('update', null, () => Promise.reject(refused))).rejects.toBe(refused);
    expect(tried.operations).toMatchObject([{ kind: 'update', outcome: 'forbidden', remedy: REMEDIES.forbidden }]);
  });

  it('classifies a defect of a connector as one that is tried again, without the words of its error', async () => {
    const tried = attempt();
    const failed = tried.run('look', null, () => Promise.reject(new TypeError('ada@example.com is not a function')));
    await expect(failed).rejects.toMatchObject({
      errorClass: 'retryable',
      message: 'Something failed on our side; it was logged. The work is tried again.',
    });
    expect(tried.operations).toMatchObject([{ outcome: 'retryable' }]);
  });

  it('gives each step its key: the same on every retry, another for each call of one try', async () => {
    const keysOf = async (tried: Attempt): Promise<string[]> => {
      const keys: string[] = [];
      for (const kind of ['look', 'create', 'grant', 'grant', 'look'] as const) {
        await tried.run(kind, null, (call) => Promise.resolve(keys.push(call.idempotencyKey)));
      }
      return keys;
    };
    const keys = await keysOf(attempt());
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[1]).toBe('a1:7:create');
    expect(await keysOf(attempt())).toEqual(keys);
  });

  it('has one deadline for all its calls', async () => {
    const tried = attempt(20.5);
    const until = (signal: AbortSignal): Promise<string> =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve('aborted'));
      });
    expect(
      await tried.run('look', null, ({ signal }) => (signal.aborted ? Promise.resolve('aborted') : until(signal))),
    ).toBe('aborted');
    expect(tried.signal.aborted).toBe(true);
  });

  it.each([0, -5])('begins no call when its deadline of %d ms is past', async (deadlineMs) => {
    const tried = attempt(deadlineMs);
    const call = tried.run('update', null, () => Promise.reject(new Error('it was called')));
    await expect(call).rejects.toMatchObject({
      errorClass: 'retryable',
      message: 'No time was left for another call.',
    });
    expect(tried.operations).toEqual([]);
  });

  it('begins no further call once writing is stopped, and tells whether one was made', async () => {
    let runs = true;
    const tried = new Attempt(
      'a1:7',
      60_000,
      () => NOW,
      () => Promise.resolve(runs),
    );
    const call = (): Promise<string> => tried.run('update', null, () => Promise.resolve('made'));
    runs = false;
    await expect(call()).rejects.toMatchObject({ errorClass: 'retryable', midway: false });
    runs = true;
    await call();
    runs = false;
    await expect(call()).rejects.toMatchObject({ midway: true });
    expect(tried.operations).toHaveLength(1);
  });
});

describe('classify and failureOf', () => {
  it('leave a ConnectorError as it is, with how long the application asked to wait', () => {
    const limited = new ConnectorError('rate_limited', 'wait', { retryAfterMs: 9_000 });
    expect(classify(limited)).toBe(limited);
    expect(failureOf(limited)).toEqual({ class: 'rate_limited', retryAfterMs: 9_000 });
    expect(failureOf(new ConnectorError('invalid', 'no'))).toEqual({ class: 'invalid' });
  });

  it.each([new Error('x'), 'a text', undefined])(
    'take anything else thrown (%p) as a fault of ours, with its cause: it feeds no quarantine',
    (thrown) => {
      const fault = classify(thrown);
      expect(fault).toBeInstanceOf(InternalFault);
      expect(fault).toMatchObject({ errorClass: 'retryable', cause: thrown, midway: true });
      expect(judgeHealth(0, [fault, fault])).toEqual({ kind: 'unclear' });
      expect(tallyOf(0, [fault])).toEqual({ through: 0, failed: 0 });
    },
  );
});
