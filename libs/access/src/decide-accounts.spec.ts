import { describe, expect, it } from '@jest/globals';
import { compileMapping, type DesiredAccount } from '@tenure/applications';
import type { LifecycleState } from '@tenure/identity';
import { decideAccounts, type AccountChangeDecision, type KnownAccount } from './decide-accounts.js';
import type { DecidedGrant, DecidingIdentity } from './decide-grants.js';

const MAPPINGS = new Map([
  ['crm', compileMapping({ login: 'identity.userName' })],
  ['wiki', compileMapping({ name: 'identity.displayName' })],
]);

const ada = (state: LifecycleState = 'active', userName = 'ada'): DecidingIdentity => ({
  id: 'ada',
  state,
  attributes: { userName },
  managerId: null,
  isManager: false,
});
const grant = (applicationId: string, entitlementId: string | null = null): DecidedGrant => ({
  applicationId,
  entitlementId,
  policyId: 'p',
  policyVersion: 1,
});
const ENABLED: DesiredAccount = { enabled: true, attributes: { login: 'ada' } };
const DISABLED: DesiredAccount = { ...ENABLED, enabled: false };
const known = (desired: DesiredAccount): KnownAccount[] => [{ id: 'account', applicationId: 'crm', desired }];

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
      [{ id: 'account', applicationId: 'crm', desired: DISABLED, urgent: true }],
    ],
    ['nothing more for one that is disabled', ada(), [], known(DISABLED), []],
    [
      'a disabled account, urgently, on leave',
      ada('on_leave'),
      [grant('crm')],
      known(ENABLED),
      [{ id: 'account', applicationId: 'crm', desired: DISABLED, urgent: true }],
    ],
    [
      'a disabled account, urgently, when suspended',
      ada('suspended'),
      [grant('crm')],
      known(ENABLED),
      [{ id: 'account', applicationId: 'crm', desired: DISABLED, urgent: true }],
    ],
    [
      'a change of one that must be disabled, still urgently: the disabling may not have been done',
      ada('suspended', 'ada2'),
      [grant('crm')],
      known(DISABLED),
      [
        {
          id: 'account',
          applicationId: 'crm',
          desired: { enabled: false, attributes: { login: 'ada2' } },
          urgent: true,
        },
      ],
    ],
    [
      'the same account again after a rehire',
      ada(),
      [grant('crm')],
      known(DISABLED),
      [{ id: 'account', applicationId: 'crm', desired: ENABLED, urgent: false }],
    ],
    [
      'a new account that is not to be used yet, without haste',
      ada('on_leave'),
      [grant('crm')],
      [],
      [{ applicationId: 'crm', desired: DISABLED, urgent: false }],
    ],
    ['nothing new in an application that is not known', ada(), [grant('gone')], [], []],
  ])('decides %s', (_, identity, grants, accounts, changes) => {
    expect(decideAccounts(identity, grants, accounts, MAPPINGS)).toEqual(changes);
  });

  it('speaks of each application once: some come, some stay, some go', () => {
    const changes = decideAccounts(
      ada(),
      [grant('crm'), grant('wiki')],
      [...known(ENABLED), { id: 'old', applicationId: 'erp', desired: ENABLED }],
      MAPPINGS,
    );
    expect(changes.map(({ applicationId, desired, urgent }) => [applicationId, desired.enabled, urgent])).toEqual([
      ['wiki', true, false],
      ['erp', false, true],
    ]);
  });

  it('decides nothing more once its decisions are kept', () => {
    const grants = [grant('crm'), grant('wiki')];
    const first = decideAccounts(ada(), grants, [], MAPPINGS);
    const kept = first.map(({ applicationId, desired }) => ({ id: applicationId, applicationId, desired }));
    expect(decideAccounts(ada(), grants, kept, MAPPINGS)).toEqual([]);
  });
});
