import { describe, expect, it } from '@jest/globals';
import { decideRenewal, PREVIOUS_LASTS_MS, RENEW_AFTER_MS, type TokenFacts } from './decide-renewal.js';

const now = new Date('2026-11-26T12:00:00Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const fresh: TokenFacts = { isCurrent: true, renewedAt: ago(1_000), confirmedAt: ago(1_000) };

describe('decideRenewal', () => {
  it.each<[string, Partial<TokenFacts>, string]>([
    ['leaves a young token', {}, 'none'],
    ['confirms a new token when it first comes back', { confirmedAt: null }, 'confirm'],
    ['renews an old one', { renewedAt: ago(RENEW_AFTER_MS + 1) }, 'renew'],
    ['lets the token before do while requests are under way', { isCurrent: false }, 'none'],
    ['lets it do while the new one is on its way', { isCurrent: false, confirmedAt: null }, 'none'],
    [
      'renews again when the new one was lost on its way',
      { isCurrent: false, confirmedAt: null, renewedAt: ago(PREVIOUS_LASTS_MS + 1) },
      'renew',
    ],
    [
      'never renews by a token before that was replaced for good',
      { isCurrent: false, renewedAt: ago(RENEW_AFTER_MS + 1) },
      'none',
    ],
  ])('%s', (_, facts, expected) => {
    expect(decideRenewal({ ...fresh, ...facts }, now)).toBe(expected);
  });
});
