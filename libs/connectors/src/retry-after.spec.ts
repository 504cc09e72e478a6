import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './retry-after.js';

describe('retryAfterMs', () => {
  const now = new Date('2026-11-23T09:00:00.000Z');

  it.each([
    ['seconds', '30', 30_000],
    ['a fraction of a second', '0.5', 500],
    ['an HTTP date to come', 'Mon, 23 Nov 2026 09:01:00 GMT', 60_000],
    ['an HTTP date that has passed', 'Mon, 23 Nov 2026 08:00:00 GMT', 0],
    ['more than a day', '999999', 86_400_000],
    ['something else', 'soon', undefined],
    ['nothing', undefined, undefined],
    ['an empty header', '', undefined],
  ])('reads %s', (_, header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
