import { describe, expect, it } from '@jest/globals';
import { readRateHeaders } from './read-rate-headers.js';

const NOW = new Date('2026-11-23T09:00:00.000Z');
const EPOCH = NOW.getTime() / 1_000;

describe('readRateHeaders', () => {
  it.each<[string, status: number, Record<string, string>, waitMs: number | undefined]>([
    ['nothing', 200, {}, undefined],
    ['Slack: 429 with seconds', 429, { 'retry-after': '30' }, 30_000],
    ['a fraction of a second', 429, { 'retry-after': '0.5' }, 500],
    ['an HTTP date', 429, { 'retry-after': 'Mon, 23 Nov 2026 09:00:10 GMT' }, 10_000],
    [
      'an HTTP date by the clock of an app that is a minute slow',
      429,
      { 'retry-after': 'Mon, 23 Nov 2026 08:59:10 GMT', date: 'Mon, 23 Nov 2026 08:59:00 GMT' },
      10_000,
    ],
    ['GitHub: 403 with Retry-After', 403, { 'retry-after': '60', 'x-ratelimit-remaining': '4999' }, 60_000],
    ['503 with Retry-After', 503, { 'retry-after': '5' }, 5_000],
    ['202 with Retry-After: when a job is ready', 202, { 'retry-after': '5' }, undefined],
    [
      'Retry-After beside an earlier reset: it goes first',
      429,
      { 'retry-after': '60', 'ratelimit-remaining': '0', 'ratelimit-reset': '5' },
      60_000,
    ],
    ['Retry-After of nothing', 429, { 'retry-after': '0' }, undefined],
    [
      'draft 3 to 6, used up',
      200,
      { 'ratelimit-limit': '100', 'ratelimit-remaining': '0', 'ratelimit-reset': '7' },
      7_000,
    ],
    ['draft 3 to 6, some left', 200, { 'ratelimit-remaining': '1', 'ratelimit-reset': '7' }, undefined],
    [
      'GitLab: the same names, epoch seconds',
      200,
      { 'ratelimit-remaining': '0', 'ratelimit-reset': String(EPOCH + 12) },
      12_000,
    ],
    ['draft 7, used up', 200, { ratelimit: 'limit=100, remaining=0, reset=50' }, 50_000],
    ['draft 7, some left', 200, { ratelimit: 'limit=100, remaining=10, reset=50' }, undefined],
    ['draft 8 and later, used up', 200, { ratelimit: '"default";r=0;t=30' }, 30_000],
    ['draft 8 and later, some left', 200, { ratelimit: '"default";r=50;t=30' }, undefined],
    [
      'draft 8 and later, two policies: the one that is used up',
      200,
      { ratelimit: '"burst";r=0;t=5,"day";r=900;t=6000' },
      5_000,
    ],
    ['draft 8 and later, both used up: the later', 200, { ratelimit: '"burst";r=0;t=5, "day";r=0;t=600' }, 600_000],
    ['draft 8 and later without a reset', 200, { ratelimit: '"default";r=0' }, undefined],
    ['GitHub: epoch seconds', 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(EPOCH + 90) }, 90_000],
    ['a span in seconds', 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '90' }, 90_000],
    [
      'epoch milliseconds',
      200,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW.getTime() + 1_500) },
      1_500,
    ],
    ['Atlassian: a date', 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-11-23T09:00:20Z' }, 20_000],
    [
      'Okta: X-Rate-Limit, epoch seconds',
      429,
      { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(EPOCH + 3) },
      3_000,
    ],
    [
      'a moment by the app’s own clock, which is an hour fast',
      200,
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(EPOCH + 3_603),
        date: 'Mon, 23 Nov 2026 10:00:00 GMT',
      },
      3_000,
    ],
    [
      'a reset that has passed',
      200,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(EPOCH - 3) },
      undefined,
    ],
    ['more than a day', 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '999999' }, 86_400_000],
    ['used up until nobody knows', 200, { 'x-ratelimit-remaining': '0' }, undefined],
    ['a remaining that is no number', 200, { 'x-ratelimit-remaining': 'none', 'x-ratelimit-reset': '5' }, undefined],
    ['a reset that is none', 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, undefined],
  ])('reads %s', (_, status, headers, waitMs) => {
    expect(readRateHeaders(status, headers, NOW)).toEqual(waitMs === undefined ? undefined : { waitMs });
  });
});
