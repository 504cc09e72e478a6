import { describe, expect, it } from '@jest/globals';
import type { BudgetAction, DisableReason } from '@tenure/applications';
import { passageOf, type Standing } from './pass-budget.js';

const LEFT: Partial<Standing> = { identityState: 'terminated', fact: 'status' };
const ABSENT: Partial<Standing> = { identityState: 'terminated', fact: 'absence' };

const EXCESS = { window: 'hour', limit: { count: 0, percent: 0 }, spent: 0, population: 1 } as const;

describe('passageOf', () => {
  it.each<[string, BudgetAction, DisableReason | undefined, boolean, Partial<Standing>, string]>([
    ['a leaver by name', 'disable', 'left', true, LEFT, 'passes'],
    ['a leaver by the end date', 'disable', 'left', true, { ...LEFT, fact: 'end_date' }, 'passes'],
    [
      'a suspension by an admin',
      'disable',
      'suspended',
      true,
      { identityState: 'suspended', fact: 'override' },
      'passes',
    ],
    ['a leave', 'disable', undefined, true, { identityState: 'on_leave', fact: 'leave' }, 'passes'],
    ['a leaver of whom no reason is kept', 'disable', undefined, true, LEFT, 'passes'],
    ['a leaver by absence', 'disable', 'left', true, ABSENT, 'counts'],
    [
      'a suspension by absence',
      'disable',
      'suspended',
      true,
      { identityState: 'suspended', fact: 'absence' },
      'counts',
    ],
    ['access that was lost', 'disable', 'lost', true, {}, 'counts'],
    ['access that was lost, of whom no reason is kept', 'disable', undefined, true, {}, 'counts'],
    ['a group of a leaver by name', 'revoke', 'left', true, LEFT, 'passes'],
    ['a group of a leaver by absence', 'revoke', 'left', true, ABSENT, 'counts'],
    ['a group of somebody who works', 'revoke', undefined, false, {}, 'counts'],
    ['the deletion of a leaver’s account', 'delete', 'left', true, LEFT, 'counts'],
    ['a new account', 'create', undefined, false, {}, 'counts'],
    ['what waits for a person already', 'delete', 'left', true, { held: EXCESS }, 'held'],
    [
      'what was rejected for good, and is held for another version',
      'disable',
      'lost',
      true,
      { held: EXCESS, refused: 'no' },
      'refused',
    ],
    ['what was let through before', 'delete', 'left', true, { cleared: true }, 'passes'],
    ['what was rejected', 'disable', 'lost', true, { refused: 'no' }, 'refused'],
    [
      'a leaver by name whose earlier disabling was rejected',
      'disable',
      'left',
      true,
      { ...LEFT, refused: 'no' },
      'passes',
    ],
  ])('%s: %s', (_, action, because, disabled, known, passage) => {
    const asked = { action, because, disabled, accountId: 'a', entitlementId: null, version: '1' };
    const standing = { identityState: 'active', fact: 'employed', cleared: false, held: null, refused: null, ...known };
    expect(passageOf(asked, standing)).toBe(passage);
  });
});
