import { describe, expect, it } from '@jest/globals';
import { IDENTITY_SCHEMA, type LifecycleState, type Person } from '@tenure/identity';
import { compileExpression } from '@tenure/platform';
import { decideGrants, type ActivePolicy, type DecidingIdentity } from './decide-grants.js';

const identity = (
  attributes: Person = {},
  state: LifecycleState = 'active',
  more: Partial<DecidingIdentity> = {},
): DecidingIdentity => ({
  id: 'ada',
  state,
  attributes,
  managerId: null,
  isManager: false,
  ...more,
});

function policy(
  id: string,
  condition: string,
  ...grants: [applicationId: string, ...entitlements: string[]][]
): ActivePolicy {
  return {
    id,
    version: 1,
    condition: compileExpression(condition, { variables: IDENTITY_SCHEMA, expects: 'boolean' }),
    grants: grants.map(([applicationId, ...entitlements]) => ({
      applicationId,
      entitlements: entitlements.map((name) => ({ id: name, kind: 'group', name })),
    })),
  };
}

/** `policy → application` or `policy → application/entitlement`, sorted. */
const told = (who: DecidingIdentity, ...policies: ActivePolicy[]): string[] =>
  decideGrants(who, policies).map(
    ({ policyId, applicationId, entitlementId }) =>
      `${policyId} → ${applicationId}${entitlementId === null ? '' : `/${entitlementId}`}`,
  );

const EVERYBODY = policy('everybody', 'true', ['directory']);
const SALES = policy('sales', 'identity.department == "Sales"', ['crm', 'seller', 'reader']);

describe('decideGrants', () => {
  it.each<[string, DecidingIdentity, string[]]>([
    ['nothing more than everybody has', identity(), ['everybody → directory']],
    [
      'an account and each entitlement of a policy that matches',
      identity({ department: 'Sales' }),
      ['everybody → directory', 'sales → crm', 'sales → crm/seller', 'sales → crm/reader'],
    ],
    ['nothing of a policy that does not match', identity({ department: 'IT' }), ['everybody → directory']],
    ['nothing of a policy that reads what was cleared', identity({ department: null }), ['everybody → directory']],
  ])('gives %s', (_, who, grants) => {
    expect(told(who, EVERYBODY, SALES)).toEqual(grants);
  });

  it.each<[LifecycleState, boolean]>([
    ['staged', false],
    ['active', true],
    ['on_leave', true],
    ['suspended', true],
    ['terminated', false],
    ['purged', false],
  ])('in the state %s holds what policies give: %p', (state, holds) => {
    expect(told(identity({}, state), EVERYBODY)).toEqual(holds ? ['everybody → directory'] : []);
  });

  it('keeps each reason: what two policies give goes only when both are gone', () => {
    const also = policy('also', 'identity.isManager', ['crm', 'seller']);
    const manager = identity({ department: 'Sales' }, 'active', { isManager: true });
    expect(told(manager, SALES, also)).toEqual([
      'sales → crm',
      'sales → crm/seller',
      'sales → crm/reader',
      'also → crm',
      'also → crm/seller',
    ]);
    expect(told(identity({ department: 'IT' }, 'active', { isManager: true }), SALES, also)).toEqual([
      'also → crm',
      'also → crm/seller',
    ]);
  });

  it('says of which version of the policy a grant is', () => {
    expect(decideGrants(identity(), [{ ...EVERYBODY, version: 7 }])).toEqual([
      { applicationId: 'directory', entitlementId: null, policyId: 'everybody', policyVersion: 7 },
    ]);
  });

  it.each([
    ['has no value for it', 'identity.custom.level > 3', {}],
    ['has a text where a number is compared', 'identity.custom.level > 3', { custom: { level: 'three' } }],
    ['has a value that divides by zero', '6 / identity.custom.level > 1', { custom: { level: 0 } }],
    ['has a list where a text is read', 'identity.custom.level.startsWith("a")', { custom: { level: ['a'] } }],
  ])('a condition does not hold, and fails for nobody else, when the person %s', (_, condition, attributes) => {
    expect(told(identity(attributes), policy('odd', condition, ['crm']), EVERYBODY)).toEqual(['everybody → directory']);
  });
});
