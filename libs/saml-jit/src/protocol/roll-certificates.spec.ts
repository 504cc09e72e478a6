import { describe, expect, it } from '@jest/globals';
import { goodCertificates, GRACE_MS, rollCertificates } from './roll-certificates.js';
import { expiryStep, isNewStep, nextWarning } from './warn-of-expiry.js';

const NOW = new Date('2026-03-01T00:00:00Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const DAY = 86_400_000;

describe('the certificates of an IdP that rolls over', () => {
  const gone = NOW.toISOString();
  it.each([
    ['stay when nothing changes', [{ pem: 'a' }], ['a'], NOW, [{ pem: 'a' }]],
    [
      'are both good from the moment that the new one is published',
      [{ pem: 'a' }],
      ['a', 'b'],
      NOW,
      [{ pem: 'a' }, { pem: 'b' }],
    ],
    [
      'keep the old one for a while when it is published no more',
      [{ pem: 'a' }],
      ['b'],
      NOW,
      [{ pem: 'a', goneSince: gone }, { pem: 'b' }],
    ],
    [
      'do not begin the while again',
      [{ pem: 'a', goneSince: gone }],
      ['b'],
      later(1000),
      [{ pem: 'a', goneSince: gone }, { pem: 'b' }],
    ],
    [
      'forget the old one after it',
      [{ pem: 'a', goneSince: gone }, { pem: 'b' }],
      ['b'],
      later(GRACE_MS),
      [{ pem: 'b' }],
    ],
    [
      'take an old one back that is published again',
      [{ pem: 'a', goneSince: gone }],
      ['a'],
      later(2 * GRACE_MS),
      [{ pem: 'a' }],
    ],
    ['remember what was told of each', [{ pem: 'a', warnedDays: 7 }], ['a'], NOW, [{ pem: 'a', warnedDays: 7 }]],
  ])('%s', (_, known, published, now, becomes) => expect(rollCertificates(known, published, now)).toEqual(becomes));

  it('are not good after the while, also when nobody has looked since', () => {
    const known = [{ pem: 'a', goneSince: gone }, { pem: 'b' }];
    expect(goodCertificates(known, later(GRACE_MS - 1))).toEqual(['a', 'b']);
    expect(goodCertificates(known, later(GRACE_MS))).toEqual(['b']);
  });
});

describe('the end of a certificate', () => {
  it.each([
    [31, undefined],
    [30, 30],
    [8, 30],
    [7, 7],
    [1, 1],
    [0.5, 1],
    [0, 0],
    [-5, 0],
  ])('in %p days is the step of %p', (days, step) => expect(expiryStep(later(days * DAY), NOW)).toBe(step));

  it.each([
    [undefined, undefined, false],
    [30, undefined, true],
    [30, 30, false],
    [7, 30, true],
    [0, 1, true],
    [0, 0, false],
  ])('is told of once: step %p after %p', (step, told, isNew) => expect(isNewStep(step, told)).toBe(isNew));

  it.each([
    ['none', [], null],
    ['one that has ended', [later(-1)], null],
    ['a far one', [later(40 * DAY)], later(10 * DAY)],
    ['a near one among far ones', [later(40 * DAY), later(5 * DAY)], later(4 * DAY)],
  ])('is next looked at when its step comes: %s', (_, ends, at) => expect(nextWarning(ends, NOW)).toEqual(at));
});
