import { describe, expect, it } from '@jest/globals';
import type { DesiredAccount } from '@tenure/applications';
import type { ObservedAccount } from '@tenure/connectors';
import { compareAccount, type ComparedAccount } from './compare-account.js';

const wanted = (change: Partial<DesiredAccount> = {}): DesiredAccount => ({
  enabled: true,
  attributes: { login: 'ada', title: 'Clerk', phone: null },
  ...change,
});
const seen = (change: Partial<ObservedAccount> = {}): ObservedAccount => ({
  id: '1',
  enabled: true,
  attributes: { login: 'ada', title: 'Clerk', phone: null },
  ...change,
});
const titled = (title: string | null): ObservedAccount => seen({ attributes: { login: 'ada', title, phone: null } });
const account = (change: Partial<ComparedAccount> = {}): ComparedAccount => ({
  ...{ desired: wanted(), applied: wanted(), observed: seen(), isMoving: false, isOrphan: false },
  ...change,
});
const OFF = { desired: wanted({ enabled: false }), applied: wanted({ enabled: false }) };

describe('compareAccount', () => {
  it.each<[string, ComparedAccount, ObservedAccount | null, string[]]>([
    ['nothing differs', account(), seen(), []],
    ['an absent value is an empty one', account(), seen({ attributes: { login: 'ada', title: 'Clerk' } }), []],
    [
      'a value was changed after us',
      account(),
      titled('Boss'),
      ['attribute title: Somebody changed the value in the application after us.'],
    ],
    [
      'a value was cleared after us',
      account(),
      titled(null),
      ['attribute title: Somebody changed the value in the application after us.'],
    ],
    [
      'our value never arrived',
      account({ observed: titled('clerk') }),
      titled('clerk'),
      ['attribute title: Our value never arrived: the application keeps another one.'],
    ],
    [
      'what differs is on its way',
      account({ isMoving: true, desired: wanted({ enabled: false }) }),
      titled('Boss'),
      [],
    ],
    ['somebody deleted it', account(), null, ['missing : Somebody deleted the account in the application.']],
    ['C1: its switch cannot be read', account(), seen({ enabled: 'unknown' }), []],
    [
      'C1: its switch cannot be read, and it must be off',
      account({ ...OFF, observed: seen({ enabled: false }) }),
      seen({ enabled: 'unknown' }),
      ['enabled : The application shows neither that the account is disabled nor that it is enabled.'],
    ],
    ['it is gone and not wanted', account(OFF), null, []],
    [
      'somebody disabled it',
      account(),
      seen({ enabled: false }),
      ['disabled : Somebody disabled the account in the application.'],
    ],
    [
      'it was never enabled',
      account({ observed: seen({ enabled: false }) }),
      seen({ enabled: false }),
      ['disabled : The application answered that the account is enabled, but it never was.'],
    ],
    [
      'somebody enabled it again',
      account({ ...OFF, observed: seen({ enabled: false }) }),
      seen(),
      ['enabled : Somebody enabled the account again in the application.'],
    ],
    [
      'our disabling never arrived',
      account(OFF),
      seen(),
      ['enabled : Our disabling never took effect in the application.'],
    ],
    [
      'its person is no longer known',
      account({ ...OFF, isOrphan: true, observed: seen({ enabled: false }) }),
      seen(),
      ['orphan : The person is no longer known here. Somebody enabled the account again in the application.'],
    ],
    [
      'it is disabled, and its values are nobody’s concern',
      account({ ...OFF, observed: seen({ enabled: false }) }),
      { ...titled('Boss'), enabled: false },
      [],
    ],
  ])('%s', (_, known, there, expected) => {
    expect(compareAccount(known, there).map(({ kind, attribute, cause }) => `${kind} ${attribute}: ${cause}`)).toEqual(
      expected,
    );
  });

  it('says all three values', () => {
    expect(compareAccount(account(), titled('Boss'))).toMatchObject([
      { desired: 'Clerk', applied: 'Clerk', observed: 'Boss' },
    ]);
  });

  it.each([
    ['a value that is written once is the application’s own', { once: true, keepsWhenAbsent: false }, wanted(), 'Boss'],
    [
      'an absent value that clears nothing',
      { once: false, keepsWhenAbsent: true },
      wanted({ attributes: { login: 'ada', title: null } }),
      'Boss',
    ],
  ])('%s is no drift', (_, rule, desired, title) => {
    const known = account({ desired, applied: desired });
    expect(compareAccount(known, titled(title), new Map([['title', rule]]))).toEqual([]);
  });
});
