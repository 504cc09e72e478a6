import { Clock, Database, groupBy, type Tx } from '@tenure/platform';
import { lockBehind, type Identity } from '@tenure/identity';
import type { LifecycleHint } from '@tenure/journal';
import { WorkHints, type Work } from '@tenure/applications';
import {
  loadHoldings, markComputed, writeAccounts, writeGrants, writeMembers,
  type AccountRow, type GrantRow, type Holdings, type MemberRow,
} from './access-store.js'; // prettier-ignore
import { decideAccounts } from './decide-accounts.js';
import { decideGrants, type DecidedGrant } from './decide-grants.js';
import { decideMembers } from './decide-members.js';
import { PolicyCache, type TenantRules } from './policy-cache.js';

/** Everything that one batch of identities changes. */
interface BatchChanges {
  readonly grantsAdded: GrantRow[];
  readonly grantsRemoved: string[];
  readonly accounts: AccountRow[];
  /** What each identity is granted from now on. */
  readonly grants: Map<string, readonly DecidedGrant[]>;
}

const grantKey = (grant: DecidedGrant): string =>
  `${grant.policyId}|${grant.policyVersion}|${grant.applicationId}|${grant.entitlementId ?? ''}`;

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
    const holdings = await loadHoldings(
      tx,
      identities.map((identity) => identity.id),
    );
    const changes = this.decide(identities, rules, holdings);
    await this.write(tx, identities, changes, rules, holdings);
  }

  private decide(identities: readonly Identity[], rules: TenantRules, holdings: Holdings): BatchChanges {
    const changes: BatchChanges = { grantsAdded: [], grantsRemoved: [], accounts: [], grants: new Map() };
    for (const identity of identities) {
      const grants = decideGrants(identity, rules.policies);
      const kept = holdings.grants.get(identity.id) ?? [];
      const [now, before] = [new Set(grants.map(grantKey)), new Set(kept.map(grantKey))];
      changes.grantsAdded.push(
        ...grants
          .filter((grant) => !before.has(grantKey(grant)))
          .map((grant) => ({ ...grant, identityId: identity.id, cause: identity.cause })),
      );
      changes.grantsRemoved.push(...kept.filter((grant) => !now.has(grantKey(grant))).map((grant) => grant.id));
      for (const change of decideAccounts(identity, grants, holdings.accounts.get(identity.id) ?? [], rules.mappings)) {
        const shards = rules.applications.get(change.applicationId)?.shards ?? 1;
        changes.accounts.push({
          ...change,
          identityId: identity.id,
          cause: identity.cause,
          since: identity.behindSince,
          shards,
        });
      }
      changes.grants.set(identity.id, grants);
    }
    return changes;
  }

  private async write(
    tx: Tx,
    identities: readonly Identity[],
    changes: BatchChanges,
    rules: TenantRules,
    holdings: Holdings,
  ): Promise<void> {
    const now = this.clock.now();
    await writeGrants(tx, changes.grantsAdded, changes.grantsRemoved, now);
    const written = await writeAccounts(tx, changes.accounts);
    const accountsWritten = groupBy(written, (account) => account.identityId);
    const members = identities.flatMap((identity): MemberRow[] => {
      const accounts = [...(holdings.accounts.get(identity.id) ?? []), ...(accountsWritten.get(identity.id) ?? [])];
      const accountOf = new Map(accounts.map((account) => [account.applicationId, account.id]));
      const decisions = decideMembers(
        changes.grants.get(identity.id) ?? [],
        holdings.members.get(identity.id) ?? [],
        accountOf,
      );
      return decisions.map((decision) => ({ ...decision, cause: identity.cause, since: identity.behindSince }));
    });
    const shards = await writeMembers(tx, members);
    await markComputed(tx, identities);
    const removing = new Set(members.filter((member) => !member.wanted).map((member) => member.applicationId));
    this.announce(tx, rules, [
      ...written.map(({ applicationId, shard, priority }) => ({ applicationId, shard, urgent: priority === 0 })),
      ...shards.flatMap((shard) =>
        removing.has(shard.applicationId)
          ? [
              { ...shard, urgent: true },
              { ...shard, urgent: false },
            ]
          : [{ ...shard, urgent: false }],
      ),
    ]);
  }

  private announce(
    tx: Tx,
    rules: TenantRules,
    works: readonly Pick<Work, 'applicationId' | 'shard' | 'urgent'>[],
  ): void {
    for (const work of works) {
      const connector = rules.applications.get(work.applicationId)?.connector;
      if (connector !== undefined) this.hints.announce(tx, { ...work, tenantId: tx.tenantId, connector });
    }
  }
}
