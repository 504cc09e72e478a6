import { sameJson, type CompiledExpression } from '@tenure/platform';
import {
  mapAccount,
  type CompiledMapping,
  type DesiredAccount,
  type DisableReason,
  type MappedAccount,
} from '@tenure/applications';
import { hasLeft } from '@tenure/identity';
import { isSpared, type ActivePolicy, type DecidedGrant, type DecidingIdentity } from './decide-grants.js';

/** An account that the identity has or had, as desired until now. */
export interface KnownAccount {
  readonly id: string;
  readonly applicationId: string;
  readonly desired: DesiredAccount;
  readonly protectedReason: string | null;
  /** Values that were set in the application and taken over. */
  readonly adopted?: DesiredAccount['attributes'];
}

/** An account whose desired state becomes another one. `id` is absent for a new account. */
export interface AccountChangeDecision {
  readonly id?: string;
  readonly applicationId: string;
  readonly desired: DesiredAccount;
  /** The account must not be usable: goes first, also when another change comes before the first one was applied. */
  readonly urgent: boolean;
  /** A leave begins, for this reason, or the account is to be used again; absent where neither is so. */
  readonly leave?: DisableReason | 'return';
}

/** How attributes get their values. */
export interface AccountRules {
  readonly mappings: ReadonlyMap<string, CompiledMapping>;
  readonly policiesById: ReadonlyMap<string, ActivePolicy>;
}

export interface AccountsDecision {
  readonly changes: readonly AccountChangeDecision[];
  /** Targets whose expression fails for the person's values: `<application>:<target>`. */
  readonly failed: readonly string[];
  /** The applications whose attributes were computed. */
  readonly mapped: readonly string[];
}

/**
 * Which accounts must change. An account is enabled while a grant justifies it and the person works; an account that
 * nothing justifies any more is disabled and keeps its attributes. Nothing changes a protected account, and nothing
 * disables one of a protected person. `maps` says of which applications the attributes may have changed.
 */
export function decideAccounts(
  identity: DecidingIdentity,
  grants: readonly DecidedGrant[],
  known: readonly KnownAccount[],
  rules: AccountRules,
  maps: (applicationId: string) => boolean = () => true,
): AccountsDecision {
  const granted = new Set(grants.map((grant) => grant.applicationId));
  const held = new Map(known.map((account) => [account.applicationId, account]));
  const decision = { changes: [] as AccountChangeDecision[], failed: [] as string[], mapped: [] as string[] };
  const enabled = identity.state === 'active';
  for (const applicationId of granted) {
    const account = held.get(applicationId);
    const mapping = rules.mappings.get(applicationId);
    if (!mapping || isUntouchable(identity, account, enabled)) continue;
    if (account?.desired.enabled === enabled && !maps(applicationId)) continue;
    const mapped = mapAccount(mapping, identity, overridesOf(applicationId, grants, rules.policiesById), (target) =>
      decision.failed.push(`${applicationId}:${target}`),
    );
    decision.mapped.push(applicationId);
    add(decision.changes, account, applicationId, usable(enabled, withAdopted(mapped, account)));
  }
  for (const account of known) {
    if (granted.has(account.applicationId) || isUntouchable(identity, account, false)) continue;
    const { attributes } = account.desired;
    add(decision.changes, account, account.applicationId, { enabled: false, attributes, because: lossOf(identity) });
  }
  return decision;
}

/** What was taken over goes before the mapping's value, for targets that it still has; nothing else is tried in its place. */
function withAdopted(mapped: MappedAccount, account: KnownAccount | undefined): MappedAccount {
  const adopted = account?.adopted ?? {};
  const kept = Object.entries(adopted).filter(([target]) => Object.hasOwn(mapped.attributes, target));
  if (kept.length === 0) return mapped;
  const { alternatives = {}, attributes } = mapped;
  const others = Object.entries(alternatives).filter(([target]) => !Object.hasOwn(adopted, target));
  return {
    attributes: { ...attributes, ...Object.fromEntries(kept) },
    ...(others.length > 0 && { alternatives: Object.fromEntries(others) }),
  };
}

/** Somebody who is away or suspended keeps what is granted, in an account that cannot be used. */
const usable = (enabled: boolean, mapped: MappedAccount): DesiredAccount =>
  enabled ? { enabled, ...mapped } : { enabled, ...mapped, because: 'suspended' };

/** Whoever is not employed has left; anybody else has lost what justified the account. */
const lossOf = (identity: DecidingIdentity): DisableReason =>
  hasLeft(identity) || identity.state === 'staged' ? 'left' : 'lost';

const isUntouchable = (identity: DecidingIdentity, account: KnownAccount | undefined, enabled: boolean): boolean =>
  account !== undefined &&
  (account.protectedReason !== null || (isSpared(identity) && account.desired.enabled && !enabled));

function add(
  changes: AccountChangeDecision[],
  account: KnownAccount | undefined,
  applicationId: string,
  desired: DesiredAccount,
): void {
  if (sameJson(desired, account?.desired)) return;
  const urgent = account !== undefined && !desired.enabled;
  const leave = account && leaveOf(account.desired, desired);
  changes.push({ ...(account && { id: account.id }), applicationId, desired, urgent, ...(leave && { leave }) });
}

/** What was never enabled has nothing to lose; another reason is another leave. */
function leaveOf(before: DesiredAccount, after: DesiredAccount): AccountChangeDecision['leave'] {
  if (after.enabled) return before.enabled ? undefined : 'return';
  return before.enabled || before.because !== after.because ? after.because : undefined;
}

/** The values that policies give to an application's attributes: the highest priority wins, then the smaller id. */
function overridesOf(
  applicationId: string,
  grants: readonly DecidedGrant[],
  policies: AccountRules['policiesById'],
): ReadonlyMap<string, CompiledExpression> {
  const overrides = new Map<string, CompiledExpression>();
  const giving = new Set<ActivePolicy>();
  for (const grant of grants) {
    if (grant.applicationId !== applicationId || grant.policyId === null) continue;
    const policy = policies.get(grant.policyId);
    if (policy?.attributes.has(applicationId)) giving.add(policy);
  }
  const lowestFirst = [...giving].sort((a, b) => a.priority - b.priority || (a.id < b.id ? 1 : -1));
  for (const policy of lowestFirst)
    for (const [target, value] of policy.attributes.get(applicationId) ?? []) overrides.set(target, value);
  return overrides;
}
