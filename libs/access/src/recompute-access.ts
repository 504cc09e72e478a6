import { Clock, Database, type Tx } from '@tenure/platform';
import type { Identity } from '@tenure/identity';
import type { LifecycleHint } from '@tenure/journal';
import { WorkHints, type Work } from '@tenure/applications';
import {
  loadHoldings, lockBehind, markComputed, writeAccounts, writeGrants, writeMembers,
  type AccountRow, type GrantRow, type Holdings, type MemberRow,
} from './access-store.js'; // prettier-ignore
import { decideAccounts } from './decide-accounts.js';
import { decideGrants, type DecidedGrant } from './decide-grants.js';
import { PolicyCache, type TenantRules } from './policy-cache.js';

/** Everything that one batch of identities changes. */
interface BatchChanges {
  readonly grantsAdded: GrantRow[];
  readonly grantsRemoved: string[];
  readonly accounts: AccountRow[];
  /** Entitlements that each identity must have from now on. */
  readonly wanted: Map<string, ReadonlySet<string>>;
}

const grantKey = (grant: DecidedGrant): string => `${grant.policyId}|${grant.policyVersion}|${grant.applicationId}|${grant.entitlementId ?? ''}`;

/** Turns what a person is into what the person must have: grants, desired accounts, desired memberships. */
export class AccessWorker {
  private readonly cache = new PolicyCache();

  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** Recomputes those of the hinted identities that are behind. */
  async handle(hint: LifecycleHint): Promise<void> {
    await this.database.transaction(hint.tenantId, (tx) => this.recompute(tx, hint.identityIds));
  }

  private async recompute(tx: Tx, ids: readonly string[]): Promise<void> {
    const identities = await lockBehind(tx, ids);
    if (identities.length === 0) return;
    const rules = await this.cache.rules(tx);
    const holdings = await loadHoldings(tx, identities.map((identity) => identity.id));
    const changes = this.decide(identities, rules, holdings);
    await this.write(tx, identities, changes, rules, holdings);
  }

  private decide(identities: readonly Identity[], rules: TenantRules, holdings: Holdings): BatchChanges {
    const changes: BatchChanges = { grantsAdded: [], grantsRemoved: [], accounts: [], wanted: new Map() };
    for (const identity of identities) {
      const grants = decideGrants(identity, rules.policies);
      const kept = holdings.grants.get(identity.id) ?? [];
      const [now, before] = [new Set(grants.map(grantKey)), new Set(kept.map(grantKey))];
      changes.grantsAdded.push(...grants.filter((grant) => !before.has(grantKey(grant))).map((grant) => ({ ...grant, identityId: identity.id, cause: identity.cause })));
      changes.grantsRemoved.push(...kept.filter((grant) => !now.has(grantKey(grant))).map((grant) => grant.id));
      for (const change of decideAccounts(identity, grants, holdings.accounts.get(identity.id) ?? [], rules.mappings)) {
        const shards = rules.applications.get(change.applicationId)?.shards ?? 1;
        changes.accounts.push({ ...change, identityId: identity.id, cause: identity.cause, since: identity.behindSince, shards });
      }
      changes.wanted.set(identity.id, new Set(grants.map((grant) => grant.entitlementId).filter((id) => id !== null)));
    }
    return changes;
  }

  private async write(tx: Tx, identities: readonly Identity[], changes: BatchChanges, rules: TenantRules, holdings: Holdings): Promise<void> {
    const now = this.clock.now();
    await writeGrants(tx, changes.grantsAdded, changes.grantsRemoved, now);
    const written = await writeAccounts(tx, changes.accounts);
    const accountIds = new Map<string, string>();
    for (const [identityId, accounts] of holdings.accounts) for (const account of accounts) accountIds.set(`${identityId}|${account.applicationId}`, account.id);
    for (const account of written) accountIds.set(`${account.identityId}|${account.applicationId}`, account.id);
    const members = memberChanges(identities, changes, rules, holdings, accountIds);
    const shards = await writeMembers(tx, members);
    await markComputed(tx, identities);
    const removing = new Set(members.filter((member) => !member.wanted).map((member) => member.applicationId));
    this.announce(tx, rules, [
      ...written.map(({ applicationId, shard, priority }) => ({ applicationId, shard, urgent: priority === 0 })),
      ...shards.flatMap((shard) => (removing.has(shard.applicationId) ? [{ ...shard, urgent: true }, { ...shard, urgent: false }] : [{ ...shard, urgent: false }])),
    ]);
  }

  private announce(tx: Tx, rules: TenantRules, works: readonly Pick<Work, 'applicationId' | 'shard' | 'urgent'>[]): void {
    for (const work of works) {
      const connector = rules.applications.get(work.applicationId)?.connector;
      if (connector !== undefined) this.hints.announce(tx, { ...work, tenantId: tx.tenantId, connector });
    }
  }
}

/** Memberships whose `wanted` must change: of grants that came, and of those that went. */
function memberChanges(
  identities: readonly Identity[],
  changes: BatchChanges,
  rules: TenantRules,
  holdings: Holdings,
  accountIds: ReadonlyMap<string, string>,
): MemberRow[] {
  const applicationOf = new Map(
    rules.policies.flatMap((policy) => policy.grants.flatMap((grant) => grant.entitlements.map((entitlement) => [entitlement.id, grant.applicationId] as const))),
  );
  const rows: MemberRow[] = [];
  for (const identity of identities) {
    const wanted = changes.wanted.get(identity.id) ?? new Set<string>();
    const known = holdings.members.get(identity.id) ?? [];
    const held = new Map(known.map((member) => [member.entitlementId, member]));
    const accounts = new Map((holdings.accounts.get(identity.id) ?? []).map((account) => [account.id, account.applicationId]));
    for (const entitlementId of wanted) {
      const applicationId = applicationOf.get(entitlementId) ?? '';
      const accountId = accountIds.get(`${identity.id}|${applicationId}`);
      if (accountId === undefined || held.get(entitlementId)?.wanted === true) continue;
      rows.push({ entitlementId, accountId, applicationId, wanted: true, cause: identity.cause, since: identity.behindSince });
    }
    for (const member of known) {
      if (!member.wanted || wanted.has(member.entitlementId)) continue;
      rows.push({ ...member, applicationId: accounts.get(member.accountId) ?? '', wanted: false, cause: identity.cause, since: identity.behindSince });
    }
  }
  return rows;
}
