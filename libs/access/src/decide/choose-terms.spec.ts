import { describe, expect, it } from '@jest/globals';
import type { LifecycleState } from '@tenure/identity';
import { chooseTerms, offersFor, type Wanted } from './choose-terms.js';
import type { ActivePolicy, DecidingIdentity } from './decide-grants.js';
import { planPolicy } from './tenant-rules.js';

const ada = (state: LifecycleState = 'active', department = 'IT'): DecidingIdentity => ({
  id: 'ada',
  state,
  attributes: { department },
  stateReason: null,
  managerId: null,
  isManager: false,
  protectedReason: null,
});

const policy = (id: string, maxMinutes: number | null, priority = 0, entitlements = ['root']): ActivePolicy =>
  planPolicy({
    id,
    name: id,
    version: 1,
    condition: 'identity.department == "IT"',
    priority,
    overlap: null,
    request: maxMinutes === null ? null : { maxMinutes, approval: 'automatic' },
    grants: [{ applicationId: 'db', entitlements: entitlements.map((name) => ({ id: name, kind: 'role', name })) }],
  });

const wanted = (minutes: number, entitlementId: string | null = 'root'): Wanted => ({
  applicationId: 'db',
  entitlementId,
  minutes,
});

describe('chooseTerms', () => {
  it.each<[string, DecidingIdentity, ActivePolicy[], Wanted, string]>([
    ['the policy that allows it', ada(), [policy('a', 60)], wanted(60), 'a'],
    ['nothing that gives by itself', ada(), [policy('a', null)], wanted(1), 'nothing'],
    ['nothing for whom the condition does not match', ada('active', 'Sales'), [policy('a', 60)], wanted(1), 'nothing'],
    ['nothing for somebody on leave', ada('on_leave'), [policy('a', 60)], wanted(1), 'nothing'],
    ['nothing that no policy names', ada(), [policy('a', 60)], wanted(1, 'other'), 'nothing'],
    ['no account alone where an entitlement brings it', ada(), [policy('a', 60)], wanted(1, null), 'nothing'],
    ['an account alone where nothing else is given', ada(), [policy('a', 60, 0, [])], wanted(1, null), 'a'],
    ['the higher priority', ada(), [policy('a', 60), policy('b', 60, 1)], wanted(1), 'b'],
    ['of one priority the smaller id', ada(), [policy('b', 60), policy('a', 60)], wanted(1), 'a'],
    ['the next where the first is too short', ada(), [policy('a', 60), policy('b', 10, 1)], wanted(30), 'a'],
    [
      'none that is too short, and says the longest',
      ada(),
      [policy('a', 60), policy('b', 10)],
      wanted(61),
      'at most 60',
    ],
  ])('chooses %s', (_, person, policies, wish, expected) => {
    const choice = chooseTerms(offersFor(person, policies), wish);
    const said =
      choice.kind === 'offer'
        ? choice.offer.policyId
        : choice.kind === 'too_long'
          ? `at most ${choice.maxMinutes}`
          : 'nothing';
    expect(said).toBe(expected);
  });
});
