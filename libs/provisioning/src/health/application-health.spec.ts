import { describe, expect, it } from '@jest/globals';
import { ConnectorError, type ErrorClass } from '@tenure/connectors';
import { judgeHealth, settleVerdict, tallyOf, type HealthVerdict, type SettledVerdict } from './application-health.js';
import { OutOfTurn, WritingStopped } from '../attempt/attempt.js';
import { FakeApp } from '../reconcile/fake-app.fixture.js';
import type { Tally } from './health-window.js';

const error = (errorClass: ErrorClass): ConnectorError => new ConnectorError(errorClass, `it was ${errorClass}`);
const suspect = (errorClass: ErrorClass): HealthVerdict => ({ kind: 'suspect', reason: `it was ${errorClass}` });

describe('judgeHealth', () => {
  it.each<[string, successes: number, ConnectorError[], blockedMs: number, HealthVerdict]>([
    ['all got through', 5, [], 0, { kind: 'well' }],
    ['some got through', 1, [error('retryable'), error('retryable')], 0, { kind: 'well' }],
    ['nothing was tried', 0, [], 0, { kind: 'unclear' }],
    ['only one account’s own fault', 0, [error('invalid')], 0, { kind: 'unclear' }],
    ['a mixture, nothing through', 0, [error('retryable'), error('conflict')], 0, { kind: 'unclear' }],
    ['nothing got through', 0, [error('retryable'), error('retryable')], 0, suspect('retryable')],
    ['nothing was answered', 0, [error('outcome_unknown'), error('outcome_unknown')], 0, suspect('outcome_unknown')],
    ['nothing was answered or got through', 0, [error('retryable'), error('outcome_unknown')], 0, suspect('retryable')],
    ['writing was stopped in between', 0, [error('retryable'), new WritingStopped(true)], 0, { kind: 'unclear' }],
    ['our own limit', 0, [error('retryable'), new OutOfTurn(100)], 0, { kind: 'unclear' }],
    ['the credentials are refused', 0, [error('auth')], 0, { kind: 'quarantine', reason: 'it was auth' }],
    [
      'the credentials are refused in the middle of a batch',
      9,
      [error('auth')],
      0,
      { kind: 'quarantine', reason: 'it was auth' },
    ],
    ['the application asks to wait', 9, [error('rate_limited')], 7_000, { kind: 'pause', ms: 7_000 }],
    ['it is used up, and said so with a success', 9, [], 7_000, { kind: 'pause', ms: 7_000 }],
    ['it asked to wait for less than the batch took', 0, [error('rate_limited')], 0, { kind: 'unclear' }],
  ])('%s', (_, successes, errors, blockedMs, verdict) => {
    expect(judgeHealth(successes, errors, blockedMs)).toEqual(verdict);
  });
});

describe('tallyOf', () => {
  it.each<[string, successes: number, ConnectorError[], Tally]>([
    ['successes', 3, [], { through: 3, failed: 0 }],
    ['refusals of one account: it answered', 0, [error('invalid'), error('conflict')], { through: 2, failed: 0 }],
    ['what did not get through', 1, [error('retryable'), error('outcome_unknown')], { through: 1, failed: 2 }],
    ['what was not tried', 0, [new OutOfTurn(1), new WritingStopped(false)], { through: 0, failed: 0 }],
    ['an application that asks to wait: it answered', 0, [error('rate_limited')], { through: 1, failed: 0 }],
  ])('counts %s', (_, successes, errors, tally) => {
    expect(tallyOf(successes, errors)).toEqual(tally);
  });
});

describe('settleVerdict', () => {
  const quarantine = (reason: string): SettledVerdict => ({ kind: 'quarantine', reason });
  const lane = { pace: () => Promise.resolve(), limits: () => undefined };
  it.each<[string, leftMs: number, trial: boolean, answer: ConnectorError | null, SettledVerdict]>([
    ['it answers: it is not at fault', 60_000, false, null, { kind: 'unclear' }],
    ['it does not answer', 60_000, false, error('retryable'), quarantine('it was retryable')],
    ['the lease ends soon, and at no whole millisecond', 1479.3104929999681, false, null, { kind: 'unclear' }],
    ['no time is left to ask', 999.5, false, error('retryable'), { kind: 'unclear' }],
    ['it answered a moment ago', 60_000, true, null, quarantine('it was outcome_unknown')],
  ])('%s', async (_, leftMs, trial, answer, settled) => {
    const app = new FakeApp();
    app.test = () => (answer === null ? Promise.resolve({ summary: 'reached' }) : Promise.reject(answer));
    const terms = { lane, leftMs, trial, mayCall: () => Promise.resolve(true) };
    expect(await settleVerdict(suspect('outcome_unknown'), app, terms)).toEqual(settled);
  });
});
