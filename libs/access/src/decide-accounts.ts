import { sameJson } from '@tenure/platform';
import { mapAccount, type CompiledMapping, type DesiredAccount } from '@tenure/applications';
import type { DecidedGrant, DecidingIdentity } from './decide-grants.js';

/** An account that the identity has or had, as desired until now. */
export interface KnownAccount {
  readonly id: string;
  readonly applicationId: string;
  readonly desired: DesiredAccount;
}

/** An account whose desired state becomes another one. `id` is absent for a new account. */
export interface AccountChangeDecision {
  readonly id?: string;
  readonly applicationId: string;
  readonly desired: DesiredAccount;
  /** The account must not be usable: goes first, also when another change comes before the first one was applied. */
  readonly urgent: boolean;
}

/**
 * Which accounts must change. An account is enabled while a grant justifies it and the person works; an account that
 * nothing justifies any more is disabled and keeps its attributes.
 */
export function decideAccounts(
  identity: DecidingIdentity,
  grants: readonly DecidedGrant[],
  known: readonly KnownAccount[],
  mappings: ReadonlyMap<string, CompiledMapping>,
): AccountChangeDecision[] {
  const granted = new Set(grants.map((grant) => grant.applicationId));
  const held = new Map(known.map((account) => [account.applicationId, account]));
  const changes: AccountChangeDecision[] = [];
  for (const applicationId of new Set([...granted, ...held.keys()])) {
    const account = held.get(applicationId);
    const mapping = mappings.get(applicationId);
    const desired =
      granted.has(applicationId) && mapping
        ? { enabled: identity.state === 'active', attributes: mapAccount(mapping, identity) }
        : account && { enabled: false, attributes: account.desired.attributes };
    if (!desired || sameJson(desired, account?.desired)) continue;
    changes.push({
      ...(account && { id: account.id }),
      applicationId,
      desired,
      urgent: account !== undefined && !desired.enabled,
    });
  }
  return changes;
}
