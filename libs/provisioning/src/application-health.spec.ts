import { describe, expect, it } from '@jest/globals';
import { ConnectorError, type ErrorClass } from '@tenure/connectors';
import { WritingStopped } from './attempt.js';
import { judgeHealth, type HealthVerdict } from './application-health.js';

const error = (errorClass: ErrorClass, retryAfterMs?: number): ConnectorError =>
  new ConnectorError(errorClass, `it was ${errorClass}`, { retryAfterMs });

describe('judgeHealth', () => {
  it.each<[string, successes: number, ConnectorError[], HealthVerdict]>([
    ['all got through', 5, [], { kind: 'well' }],
    ['some got through', 1, [error('retryable'), error('retryable')], { kind: 'well' }],
    ['nothing was tried', 0, [], { kind: 'unclear' }],
    ['only one account’s own fault', 0, [error('invalid')], { kind: 'unclear' }],
    ['a mixture, nothing through', 0, [error('retryable'), error('conflict')], { kind: 'unclear' }],
    ['nothing got through', 0, [error('retryable'), error('retryable')], { kind: 'suspect' }],
    ['writing was stopped in between', 0, [error('retryable'), new WritingStopped(true)], { kind: 'unclear' }],
    ['an outcome that is not known', 0, [error('outcome_unknown')], { kind: 'unclear' }],
    ['the credentials are refused', 0, [error('auth')], { kind: 'quarantine', reason: 'it was auth' }],
    [
      'the credentials are refused in the middle of a batch',
      9,
      [error('auth')],
      { kind: 'quarantine', reason: 'it was auth' },
    ],
    ['the application asks to wait', 9, [error('rate_limited', 7_000)], { kind: 'pause', ms: 7_000 }],
    [
      'it asks several times: the longest holds',
      0,
      [error('rate_limited', 1_000), error('rate_limited', 9_000), error('retryable')],
      { kind: 'pause', ms: 9_000 },
    ],
    ['it asks and does not say how long', 0, [error('rate_limited')], { kind: 'pause', ms: 5_000 }],
  ])('%s', (_, successes, errors, verdict) => {
    expect(judgeHealth(successes, errors)).toEqual(verdict);
  });
});
