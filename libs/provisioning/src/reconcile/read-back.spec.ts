import { describe, expect, it } from '@jest/globals';
import type { ObservedAccount } from '@tenure/connectors';
import type { Step } from './plan-account.js';
import { doubtOf } from './read-back.js';

const seen = (enabled: boolean): ObservedAccount => ({ id: '1', enabled, attributes: {} });
const left: readonly Step[] = [{ kind: 'update', change: { attributes: { title: 'Boss' }, enabled: true } }];

describe('what reads back', () => {
  it.each<[string, Parameters<typeof doubtOf>, string | null]>([
    ['as it was answered', [false, seen(true), []], null],
    ['disabled, as it was answered', [true, seen(false), []], null],
    ['gone after it was disabled', [true, null, []], null],
    ['enabled after it was disabled', [true, seen(true), []], 'reads back as enabled'],
    ['not at all', [false, null, []], 'does not read back'],
    ['otherwise', [false, seen(true), left], 'otherwise: title, enabled.'],
  ])('%s', (_, facts, words) => {
    const doubt = doubtOf(...facts);
    if (words === null) expect(doubt).toBeNull();
    else expect(doubt).toContain(words);
  });
});
