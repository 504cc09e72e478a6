import { describe, expect, it } from '@jest/globals';
import { compileMapping, type DesiredAccount } from '@tenure/applications';
import type { LifecycleState } from '@tenure/identity';
import { decideAccounts, type AccountChangeDecision, type KnownAccount } from './decide-accounts.js';
import type { ActivePolicy, DecidedGrant, DecidingIdentity } from './decide-grants.js';
import { planPolicy } from './tenant-rules.js';

const MAPPINGS = new Map([
  ['crm', compileMapping({ login: 'identity.userName' })],
  ['wiki', compileMapping({ name: 'identity.displayName' })],
]);

const ada = (state: LifecycleState = 'active', userName = 'ada'): DecidingIdentity => ({
  id: 'ada',
  state,
  attributes: { userName },
  stateReason: null,
  managerId: null,
  isManager: false,
  protectedReason: null,
});
const grant = (applicationId: string, entitlementId: string | null = null): DecidedGrant => ({
  applicationId,
  entitlementId,
  policyId: 'p',
  policyVersion: 1,
});
const ENABLED: DesiredAccount = { enabled: true, attributes: { login: 'ada' } };
const LOST: DesiredAccount = { ...ENABLED, enabled: false, because: 'lost' };
const SUSPENDED: DesiredAccount = { ...LOST, because: 'suspended' };
const known = (desired: DesiredAccount, protectedReason: string | null = null): KnownAccount[] => [
  { id: 'account', applicationId: 'crm', desired, protectedReason },
];
const RULES = { mappings: MAPPINGS, policiesById: new Map<string, ActivePolicy>() };

describe('what was taken over from the application', () => {
  const taken = (adopted: KnownAccount['adopted']): KnownAccount[] =>
    known(ENABLED).map((one) => ({ ...one, adopted }));
  const decided = (adopted: KnownAccount['adopted']) =>
    decideAccounts(ada('active', 'ada2'), [grant('crm')], taken(adopted), RULES).changes.map(({ desired }) => desired);

  it('goes before what the mapping says', () => {
    expect(decided({ login: 'ada-by-hand' })).toEqual([{ enabled: true, attributes: { login: 'ada-by-hand' } }]);
    expect(decided({ login: 'ada' })).toEqual([]);
  });

  it('says nothing of a target that the mapping has not', () => {
    expect(decided({ nickname: 'addie' })).toEqual([{ enabled: true, attributes: { login: 'ada2' } }]);
  });
});

describe('decideAccounts', () => {
  it.each<[string, DecidingIdentity, DecidedGrant[], KnownAccount[], AccountChangeDecision[]]>([
    ['nothing without a grant', ada(), [], [], []],
    [
      'a new account for a grant',
      ada(),
      [grant('crm')],
      [],
      [{ applicationId: 'crm', desired: ENABLED, urgent: false }],
    ],
    [
      'one account for several grants',
      ada(),
      [grant('crm'), grant('crm', 'seller'), grant('crm')],
      [],
      [{ applicationId: 'crm', desired: ENABLED, urgent: false }],
    ],
    ['nothing when all is as it was', ada(), [grant('crm')], known(ENABLED), []],
    [
      'nothing when keys come back in another order',
      ada(),
      [grant('crm')],
      known({ attributes: { login: 'ada' }, enabled: true }),
      [],
    ],
    [
      'new attributes',
      ada('active', 'ada2'),
      [grant('crm')],
      known(ENABLED),
      [
        {
          id: 'account',
          applicationId: 'crm',
          desired: { enabled: true, attributes: { login: 'ada2' } },
          urgent: false,
        },
      ],
    ],
    [
      'a disabled account, urgently, when nothing justifies it any more; its attributes stay',
      ada('active', 'ada2'),
      [],
      known(ENABLED),
      [{ id: 'account', applicationId: 'crm', desired: LOST, urgent: true, leave: 'lost' }],
    ],
    [
      'that somebody has left',
      ada('terminated'),
      [],
      known(ENABLED),
      [{ id: 'account', applicationId: 'crm', desired: { ...LOST, because: 'left' }, urgent: true, leave: 'left' }],
    ],
    [
      'that somebody who was suspended has left: what follows is another leave',
      ada('terminated'),
      [],
      known(SUSPENDED),
      [{ id: 'account', applicationId: 'crm', desired: { ...LOST, because: 'left' }, urgent: true, leave: 'left' }],
    ],
    ['nothing more for one that is disabled', ada(), [], known(LOST), []],
    [
      'a disabled account, urgently, on leave',
      ada('on_leave'),
      [grant('crm')],
      known(ENABLED),
      [{ id: 'account', applicationId: 'crm', desired: SUSPENDED, urgent: true, leave: 'suspended' }],
    ],
    [
      'a disabled account, urgently, when suspended',
      ada('suspended'),
      [grant('crm')],
      known(ENABLED),
      [{ id: 'account', applicationId: 'crm', desired: SUSPENDED, urgent: true, leave: 'suspended' }],
    ],
    [
      'a change of one that must be disabled, still urgently: the disabling may not have been done',
      ada('suspended', 'ada2'),
      [grant('crm')],
      known(SUSPENDED),
      [
        {
          id: 'account',
          applicationId: 'crm',
          desired: { ...SUSPENDED, attributes: { login: 'ada2' } },
          urgent: true,
        },
      ],
    ],
    [
      'the same account again after a rehire',
      ada(),
      [grant('crm')],
      known(LOST),
      [{ id: 'account', applicationId: 'crm', desired: ENABLED, urgent: false, leave: 'return' }],
    ],
    [
      'a new account that is not to be used yet, without haste',
      ada('on_leave'),
      [grant('crm')],
      [],
      [{ applicationId: 'crm', desired: SUSPENDED, urgent: false }],
    ],
    ['nothing new in an application that is not known', ada(), [grant('gone')], [], []],
  ])('decides %s', (_, identity, grants, accounts, changes) => {
    expect(decideAccounts(identity, grants, accounts, RULES).changes).toEqual(changes);
  });

  it('speaks of each application once: some come, some stay, some go', () => {
    const { changes } = decideAccounts(
      ada(),
      [grant('crm'), grant('wiki')],
      [...known(ENABLED), { id: 'old', applicationId: 'erp', desired: ENABLED, protectedReason: null }],
      RULES,
    );
    expect(changes.map(({ applicationId, desired, urgent }) => [applicationId, desired.enabled, urgent])).toEqual([
      ['wiki', true, false],
      ['erp', false, true],
    ]);
  });

  it('decides nothing more once its decisions are kept', () => {
    const grants = [grant('crm'), grant('wiki')];
    const first = decideAccounts(ada(), grants, [], RULES).changes;
    const kept = first.map(({ applicationId, desired }) => ({
      id: applicationId,
      applicationId,
      desired,
      protectedReason: null,
    }));
    expect(decideAccounts(ada(), grants, kept, RULES).changes).toEqual([]);
  });

  describe('takes nothing', () => {
    const guarded = (state: LifecycleState, userName = 'ada'): DecidingIdentity => ({
      ...ada(state, userName),
      protectedReason: 'break-glass',
    });
    it.each<[string, DecidingIdentity, DecidedGrant[], KnownAccount[], unknown[]]>([
      ['from a protected person whom nothing justifies', guarded('active'), [], known(ENABLED), []],
      ['from a protected person who is suspended', guarded('suspended'), [grant('crm')], known(ENABLED), []],
      [
        'from a protected person, and still adds and changes',
        guarded('active', 'ada2'),
        [grant('crm'), grant('wiki')],
        known(ENABLED),
        [
          ['crm', { enabled: true, attributes: { login: 'ada2' } }],
          ['wiki', { enabled: true, attributes: { name: null } }],
        ],
      ],
      [
        'from a protected account, and gives it nothing',
        ada('active', 'ada2'),
        [grant('crm')],
        known(ENABLED, 'service'),
        [],
      ],
      ['from a protected account of somebody who left', ada('terminated'), [], known(ENABLED, 'service'), []],
      [
        'but from a protected person whom an admin suspended',
        { ...guarded('suspended'), stateReason: { fact: 'override' } },
        [grant('crm')],
        known(ENABLED),
        [['crm', SUSPENDED]],
      ],
    ])('%s', (_, identity, grants, accounts, changes) => {
      const decided = decideAccounts(identity, grants, accounts, RULES).changes;
      expect(decided.map(({ applicationId, desired }) => [applicationId, desired])).toEqual(changes);
    });
  });

  describe('lets policies give values', () => {
    const giving = (id: string, priority: number, login: string): ActivePolicy =>
      planPolicy({
        id,
        name: id,
        version: 1,
        condition: 'true',
        priority,
        overlap: null,
        request: null,
        grants: [{ applicationId: 'crm', entitlements: [], attributes: { login } }],
      });
    const POLICIES = [giving('a', 0, '"a"'), giving('b', 5, '"b"'), giving('c', 5, '"c"'), giving('odd', 9, '1 / 0')];
    const rules = { mappings: MAPPINGS, policiesById: new Map(POLICIES.map((policy) => [policy.id, policy])) };
    const of = (policyId: string): DecidedGrant => ({ ...grant('crm'), policyId });
    it.each<[string, string[], unknown, string[]]>([
      ['before the mapping', ['a'], 'a', []],
      ['the highest priority wins', ['a', 'b'], 'b', []],
      ['of one priority, the smaller id', ['c', 'b', 'a'], 'b', []],
      ['a value goes only with the last reason', ['p'], 'ada', []],
      ['one that fails for the person clears, and is told', ['odd'], null, ['crm:login']],
    ])('%s', (_, policyIds, login, failed) => {
      const decided = decideAccounts(ada(), policyIds.map(of), [], rules);
      expect(decided.changes[0]?.desired.attributes).toEqual({ login });
      expect(decided.failed).toEqual(failed);
    });
  });

  it('computes no attribute that nothing changed, unless the account must come or go', () => {
    const [changed, none] = [ada('active', 'ada2'), (): boolean => false];
    expect(decideAccounts(changed, [grant('crm')], known(ENABLED), RULES, none)).toMatchObject({
      changes: [],
      mapped: [],
    });
    expect(decideAccounts(changed, [grant('crm')], known(SUSPENDED), RULES, none)).toMatchObject({ mapped: ['crm'] });
    expect(decideAccounts(changed, [], known(ENABLED), RULES, none).changes).toMatchObject([{ desired: LOST }]);
  });
});
