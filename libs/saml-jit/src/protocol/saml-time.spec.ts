import { describe, expect, it } from '@jest/globals';
import { hasBegun, hasNotEnded, instantOf, isFresh } from './saml-time.js';

describe('a time in a SAML message', () => {
  it.each(['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.1Z', '2026-11-23T09:00:00.1234567Z'])('%s is one', (text) =>
    expect(instantOf(text)?.toISOString()).toMatch(/^2026-11-23T09:00:00/),
  );

  it.each([
    undefined,
    '',
    '2026',
    '2026-11-23',
    '2026-11-23T09:00:00',
    '2026-11-23T09:00:00+00:00',
    '2026-02-30T09:00:00Z',
    '2026-11-23T25:00:00Z',
    '2026-11-23 09:00:00Z',
    ' 2026-11-23T09:00:00Z',
  ])('%s is none', (text) => expect(instantOf(text)).toBeUndefined());

  const at = (ms: number): Date => new Date(1_000_000 + ms);
  const moment = { now: at(0), skewMs: 100 };

  it.each<[string, boolean, boolean]>([
    ['begins at the last moment that the skew allows', hasBegun(at(100), moment), true],
    ['has not begun beyond it', hasBegun(at(101), moment), false],
    ['has not ended at the last moment that the skew allows', hasNotEnded(at(-99), moment), true],
    ['ends on NotOnOrAfter itself', hasNotEnded(at(-100), moment), false],
    ['is fresh at its age', isFresh(at(-1000), 1000, { now: at(-1), skewMs: 0 }), true],
    ['is stale at its age', isFresh(at(-1000), 1000, { now: at(0), skewMs: 0 }), false],
    [
      'is neither begun nor unended when it is no time',
      hasBegun(new Date(NaN), moment) || hasNotEnded(new Date(NaN), moment),
      false,
    ],
  ])('%s', (_, outcome, expected) => expect(outcome).toBe(expected));
});
