import { describe, expect, it } from '@jest/globals';
import type { LifecycleState, Person } from '@tenure/identity';
import { decideGrants, type ActivePolicy, type DecidingIdentity, type HeldGrant } from './decide-grants.js';
import type { Overlap } from '../model/policy.entity.js';
import { planPolicy } from './tenant-rules.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const inHours = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);
const DAYS = 24;

const identity = (
  attributes: Person = {},
  state: LifecycleState = 'active',
  more: Partial<DecidingIdentity> = {},
): DecidingIdentity => ({
  id: 'ada',
  state,
  attributes,
  stateReason: null,
  managerId: null,
  isManager: false,
  protectedReason: null,
  ...more,
});

function policy(
  id: string,
  condition: string,
  ...grants: [applicationId: string, ...entitlements: string[]][]
): ActivePolicy {
  return planPolicy({
    id,
    name: id,
    version: 1,
    condition,
    priority: 0,
    overlap: null,
    request: null,
    grants: grants.map(([applicationId, ...entitlements]) => ({
      applicationId,
      entitlements: entitlements.map((name) => ({ id: name, kind: 'group', name })),
    })),
  });
}

/** `policy → application` or `policy → application/entitlement`. */
const told = (who: DecidingIdentity, ...policies: ActivePolicy[]): string[] =>
  decideGrants(who, policies, [], NOW).holds.map(
    ({ policyId, applicationId, entitlementId }) =>
      `${policyId ?? ''} → ${applicationId}${entitlementId === null ? '' : `/${entitlementId}`}`,
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
    expect(decideGrants(identity(), [{ ...EVERYBODY, version: 7 }], [], NOW).added).toEqual([
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

  it('tells which condition failed for the person', () => {
    const odd = policy('odd', '6 / identity.custom.level > 1', ['crm']);
    const { verdicts } = decideGrants(identity({ custom: { level: 0 } }), [odd, EVERYBODY], [], NOW);
    expect([...verdicts]).toEqual([
      ['odd', 'failed'],
      ['everybody', 'yes'],
    ]);
  });

  it('does not give what a policy only allows to ask for', () => {
    const onRequest = { ...EVERYBODY, request: { maxMinutes: 60, approval: 'automatic' } } as const;
    expect(told(identity(), onRequest)).toEqual([]);
  });
});

describe('decideGrants over time', () => {
  const held = (grant: Partial<HeldGrant> = {}): HeldGrant => ({
    id: 'g',
    origin: 'policy',
    applicationId: 'crm',
    entitlementId: null,
    policyId: 'sales',
    policyVersion: 1,
    startsAt: null,
    endsAt: null,
    requestId: null,
    ...grant,
  });
  const given = (startsAt: Date | null, endsAt: Date | null): HeldGrant =>
    held({ origin: 'admin', policyId: null, policyVersion: null, startsAt, endsAt });
  const sales = (overlap: Overlap | null = null): ActivePolicy => ({
    ...policy('sales', 'identity.department == "Sales"', ['crm']),
    overlap,
  });
  const KEEP: Overlap = { days: 30, then: 'remove' };
  const ASK: Overlap = { days: 30, then: 'ask_manager' };
  const SELLER = identity({ department: 'Sales' });
  const MOVED = identity({ department: 'IT' });
  const gone = (state: LifecycleState): DecidingIdentity => identity({ department: 'Sales' }, state);
  const GUARDED = identity({ department: 'IT' }, 'active', { protectedReason: 'break-glass' });

  /** What becomes of the one grant: kept, kept until, ended with the reason, or waiting; and when to look again. */
  const outcome = (
    who: DecidingIdentity,
    policies: readonly ActivePolicy[],
    grant: HeldGrant,
  ): [string, Date | null] => {
    const { holds, changed, ended, added, dueAt } = decideGrants(who, policies, [grant], NOW);
    expect(added).toEqual([]);
    const change = changed.map(
      ({ endsAt, ask }) => ` until ${endsAt?.toISOString().slice(0, 10) ?? 'ever'}${ask ? ', asks' : ''}`,
    );
    if (ended.length > 0) expect(holds).toEqual([]);
    return [ended[0] ? `ends: ${ended[0].reason}` : `${holds.length === 1 ? 'holds' : 'waits'}${change.join()}`, dueAt];
  };

  it.each<[string, DecidingIdentity, ActivePolicy[], HeldGrant, string, Date | null]>([
    // Policies, and movers.
    ['a policy that still matches', SELLER, [sales()], held(), 'holds', null],
    ['a mover without overlap', MOVED, [sales()], held(), 'ends: unmatched', null],
    ['a mover with overlap', MOVED, [sales(KEEP)], held(), 'holds until 2026-04-09', inHours(30 * DAYS)],
    ['a mover whose manager is asked', MOVED, [sales(ASK)], held(), 'holds until 2026-04-09, asks', inHours(30 * DAYS)],
    ['a mover in the overlap', MOVED, [sales(KEEP)], held({ endsAt: inHours(1) }), 'holds', inHours(1)],
    ['a mover whose overlap ends now', MOVED, [sales(KEEP)], held({ endsAt: NOW }), 'ends: overlap_over', null],
    ['a mover who returned', SELLER, [sales(KEEP)], held({ endsAt: inHours(1) }), 'holds until ever', null],
    [
      'a mover on leave',
      identity({ department: 'IT' }, 'on_leave'),
      [sales(KEEP)],
      held(),
      'holds until 2026-04-09',
      inHours(30 * DAYS),
    ],
    ['a leaver, overlap or not', gone('terminated'), [sales(KEEP)], held(), 'ends: left', null],
    ['a leaver in the overlap', gone('terminated'), [sales(KEEP)], held({ endsAt: inHours(1) }), 'ends: left', null],
    ['a leaver of a policy that is gone', gone('terminated'), [], held(), 'ends: left', null],
    ['a policy that was withdrawn', MOVED, [], held(), 'ends: policy_changed', null],
    [
      'a changed policy that does not match',
      MOVED,
      [{ ...sales(KEEP), version: 2 }],
      held(),
      'ends: policy_changed',
      null,
    ],
    ['a changed policy that matches', SELLER, [{ ...sales(KEEP), version: 2 }], held(), 'holds until ever', null],
    [
      'an overlap that was taken out of the policy',
      MOVED,
      [sales()],
      held({ endsAt: inHours(1) }),
      'ends: policy_changed',
      null,
    ],
    // Given directly, by admins and requests.
    ['a grant without times', SELLER, [], given(null, null), 'holds', null],
    ['a grant until later', SELLER, [], given(null, inHours(2)), 'holds', inHours(2)],
    ['a grant until now', SELLER, [], given(null, NOW), 'ends: over', null],
    ['a grant whose end was slept over', SELLER, [], given(null, inHours(-9)), 'ends: over', null],
    ['a grant from now on', SELLER, [], given(NOW, null), 'holds', null],
    ['a grant from later on', SELLER, [], given(inHours(1), inHours(2)), 'waits', inHours(1)],
    ['a grant of somebody suspended', gone('suspended'), [], given(null, inHours(2)), 'holds', inHours(2)],
    ['a grant of somebody who has not begun', gone('staged'), [], given(null, inHours(2)), 'waits', inHours(2)],
    ['a grant of a leaver', gone('terminated'), [], given(null, null), 'ends: left', null],
    ['a grant to come of a leaver', gone('terminated'), [], given(inHours(1), null), 'ends: left', null],
    // Protected people lose nothing.
    ['a protected mover', GUARDED, [sales()], held(), 'holds', null],
    ['a protected mover with overlap', GUARDED, [sales(KEEP)], held(), 'holds', null],
    ['a protected person and a policy that is gone', GUARDED, [], held(), 'holds', null],
    ['a protected person’s grant that is over', GUARDED, [], given(null, inHours(-1)), 'ends: over', null],
    ['a protected leaver', { ...GUARDED, state: 'terminated' }, [sales()], held(), 'holds', null],
    [
      'a protected person whom an admin terminated',
      { ...GUARDED, state: 'terminated', stateReason: { fact: 'override' } },
      [sales()],
      held(),
      'ends: left',
      null,
    ],
  ])('%s', (_, who, policies, grant, expected, dueAt) => {
    expect(outcome(who, policies, grant)).toEqual([expected, dueAt]);
  });

  it('ends what the policy gives no more, and keeps the rest', () => {
    const { holds, ended } = decideGrants(SELLER, [sales()], [held(), held({ id: 'old', entitlementId: 'old' })], NOW);
    expect(holds.map(({ entitlementId }) => entitlementId)).toEqual([null]);
    expect(ended.map(({ grant, reason }) => [grant.id, reason])).toEqual([['old', 'policy_changed']]);
  });

  it('is due at the first of several instants', () => {
    const grants = [given(null, inHours(5)), given(inHours(2), null), given(inHours(3), inHours(4))];
    expect(decideGrants(SELLER, [], grants, NOW).dueAt).toEqual(inHours(2));
  });

  it('holds the same again when it is asked again: nothing is added, changed or ended', () => {
    const first = decideGrants(SELLER, [SALES, EVERYBODY], [], NOW);
    const kept = first.added.map((grant, index) => held({ ...grant, id: `g${index}` }));
    expect(decideGrants(SELLER, [SALES, EVERYBODY], kept, NOW)).toMatchObject({ added: [], changed: [], ended: [] });
  });

  it('evaluates only what it is told to: another policy says what it said before', () => {
    const other = policy('other', 'identity.title == "Boss"', ['wiki']);
    const decision = decideGrants(MOVED, [sales(), other], [held()], NOW, (id) => id === 'other');
    expect(decision.holds.map(({ policyId }) => policyId)).toEqual(['sales']);
    expect([...decision.verdicts.keys()]).toEqual(['other']);
    const changed = [{ ...sales(), version: 2 }];
    expect(decideGrants(MOVED, changed, [held()], NOW, () => false).ended).toMatchObject([
      { reason: 'policy_changed' },
    ]);
  });
});
