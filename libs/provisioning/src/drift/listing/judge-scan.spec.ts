import { describe, expect, it } from '@jest/globals';
import { judgeScan } from './judge-scan.js';

describe('judgeScan', () => {
  it.each<[string, number[], RegExp | null]>([
    ['an application that nobody is in yet', [0, 0, 0, 0, 0], null],
    ['everybody', [9, 9, 9, 20, 20], null],
    ['exactly half of them', [4, 8, 4, 20, 10], null],
    ['fewer than half', [4, 9, 4, 20, 20], /^Only 4 of the 9 accounts/],
    ['many others, and hardly any of ours', [900, 9, 1, 0, 0], /^Only 1 of the 9 accounts/],
    ['nobody at all', [0, 1, 0, 0, 0], /^The application listed nobody, and 1 /],
    ['fewer than half of many memberships', [9, 9, 9, 20, 9], /^Only 9 of the 20 memberships/],
    ['none of a few memberships', [9, 9, 9, 9, 0], null],
  ])('%s', (_, [listed = 0, expectedAccounts = 0, seenAccounts = 0, expectedMembers = 0, seenMembers = 0], doubt) => {
    const seen = judgeScan({ listed, expectedAccounts, seenAccounts, expectedMembers, seenMembers });
    if (doubt === null) expect(seen).toBeNull();
    else expect(seen).toMatch(doubt);
  });
});
