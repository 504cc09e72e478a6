import { decideAccounts, type AccountsDecision, type KnownAccount } from './decide-accounts.js';
import { decideGrants, type DecidingIdentity, type GrantsDecision, type HeldGrant } from './decide-grants.js';
import type { KnownMember } from './decide-members.js';
import { decideRequests, type CancelledRequest, type PendingRequest } from './decide-requests.js';
import { EVERYTHING, type Scope } from './scope-of-change.js';
import type { TenantRules } from './tenant-rules.js';

/** What one person holds until now. */
export interface HeldByPerson {
  readonly grants: readonly HeldGrant[];
  readonly accounts: readonly KnownAccount[];
  readonly members: readonly KnownMember[];
  readonly requests: readonly PendingRequest[];
}

export const HOLDS_NOTHING: HeldByPerson = { grants: [], accounts: [], members: [], requests: [] };

/** Everything that follows for one person from the rules and the clock. Memberships follow once new accounts have ids. */
export interface PersonDecision {
  readonly grants: GrantsDecision;
  readonly accounts: AccountsDecision;
  readonly requests: readonly CancelledRequest[];
  /** Accounts that nothing at all may change. */
  readonly untouchable: ReadonlySet<string>;
}

type PersonRules = Pick<TenantRules, 'policies' | 'policiesById' | 'mappings'>;

/** The one decision about a person's access: the worker writes it, a recomputation and a simulation only look. */
export function decidePerson(
  identity: DecidingIdentity,
  rules: PersonRules,
  held: HeldByPerson,
  now: Date,
  scope: Scope = EVERYTHING,
): PersonDecision {
  const grants = decideGrants(identity, rules.policies, held.grants, now, scope.policies);
  const touched = new Set(
    [...grants.added, ...grants.ended.map(({ grant }) => grant)].map((grant) => grant.applicationId),
  );
  const changed = new Set(grants.changed.map((grant) => grant.id));
  for (const grant of held.grants) if (changed.has(grant.id)) touched.add(grant.applicationId);
  const maps = (applicationId: string): boolean => touched.has(applicationId) || scope.applications(applicationId);
  return {
    grants,
    accounts: decideAccounts(identity, grants.holds, held.accounts, rules, maps),
    requests: decideRequests(identity, held.requests, rules.policiesById, held.grants, grants),
    untouchable: new Set(held.accounts.flatMap(({ id, protectedReason }) => (protectedReason === null ? [] : [id]))),
  };
}
