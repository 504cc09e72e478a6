import { Clock, Database, groupBy, isUnavailable, type Log, type Tx } from '@tenure/platform';
import { lockBehind, type Identity } from '@tenure/identity';
import type { LifecycleHint } from '@tenure/journal';
import { WorkHints, type Work } from '@tenure/applications';
import { reasonsOf } from '../decide/account-reasons.js';
import {
  markComputed,
  putOffComputing,
  writeAccounts,
  writeGrants,
  writeMembers,
  type AccountRow,
  type MemberRow,
} from '../store/access-store.js';
import { decideMembers } from '../decide/decide-members.js';
import { decidePerson } from '../decide/decide-person.js';
import { loadHoldings, NO_HOLDING, type Decided } from '../store/holdings.js';
import { freeHeldWork } from '../store/free-held-work.js';
import { keepEvaluationCases } from '../store/evaluation-cases.js';
import { PolicyCache } from '../decide/policy-cache.js';
import { cancelRequests, tellEnds, writeKeepRequests } from '../store/request-store.js';
import { scopeOfChange } from '../decide/scope-of-change.js';
import { leavesOf, writeLeaves } from '../store/write-leaves.js';
import type { TenantRules } from '../decide/tenant-rules.js';
import { grantWritesOf, keepRequestsOf } from '../store/write-grants.js';

type Announced = Pick<Work, 'applicationId' | 'shard' | 'urgent'>;

/** Turns what a person is into what the person must have: grants, desired accounts, desired memberships. */
export class AccessWorker {
  private readonly cache = new PolicyCache();

  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Recomputes those of the hinted identities that are behind. One that fails on our side keeps none of the others. */
  async handle({ tenantId, identityIds }: Pick<LifecycleHint, 'tenantId' | 'identityIds'>): Promise<void> {
    try {
      await this.database.transaction(tenantId, (tx) => this.recompute(tx, identityIds));
    } catch (error) {
      if (isUnavailable(error)) throw error;
      const [id, ...others] = identityIds;
      if (id === undefined) throw error;
      if (others.length === 0) return this.putOff(tenantId, id, error);
      const half = Math.ceil(identityIds.length / 2);
      for (const part of [identityIds.slice(0, half), identityIds.slice(half)])
        await this.handle({ tenantId, identityIds: part });
    }
  }

  private async putOff(tenantId: string, identityId: string, error: unknown): Promise<void> {
    this.log.error({ event: 'access.not_computed', tenantId, identityId, err: error });
    await this.database.transaction(tenantId, (tx) => putOffComputing(tx, identityId, this.clock.now()));
  }

  private async recompute(tx: Tx, ids: readonly string[]): Promise<void> {
    const identities = await lockBehind(tx, ids);
    if (identities.length === 0) return;
    const rules = await this.cache.rules(tx);
    const scopes = new Map(identities.map((identity) => [identity.id, scopeOfChange(identity.changedFields, rules)]));
    const asked = await askedAbout(tx, identities);
    const freed = await freeHeldWork(
      tx,
      identities.filter(({ id }) => !asked.has(id)),
    );
    this.announce(
      tx,
      rules,
      freed.map((work) => ({ ...work, urgent: true })),
    );
    const isConcerned = ({ id }: Identity): boolean => scopes.get(id) !== null && !asked.has(id);
    const concerned = identities.filter(isConcerned);
    if (concerned.length > 0) {
      const now = this.clock.now();
      const holdings = await loadHoldings(
        tx,
        concerned.map(({ id }) => id),
      );
      const decided = concerned.map((identity): Decided => {
        const holding = holdings.get(identity.id) ?? NO_HOLDING;
        const scope = scopes.get(identity.id) ?? undefined;
        return { identity, holding, decision: decidePerson(identity, rules, holding, now, scope) };
      });
      await this.write(tx, decided, rules, now);
    }
    const rest = identities.filter((identity) => !isConcerned(identity));
    if (rest.length > 0)
      await markComputed(
        tx,
        rest.map(({ id }) => ({ id })),
      );
  }

  private async write(tx: Tx, decided: readonly Decided[], rules: TenantRules, now: Date): Promise<void> {
    await cancelRequests(tx, decided, now);
    const asks = keepRequestsOf(decided, now);
    await writeKeepRequests(tx, asks, now);
    await writeGrants(tx, grantWritesOf(decided, asks), now);
    await tellEnds(tx, decided, now);
    const written = await writeAccounts(tx, accountRowsOf(decided, rules, now));
    await writeLeaves(tx, leavesOf(decided, rules), now);
    const members = membersOf(
      decided,
      groupBy(written, (account) => account.identityId),
    );
    const shards = await writeMembers(tx, members);
    await keepEvaluationCases(tx, decided, rules, now);
    await markComputed(
      tx,
      decided.map(({ identity, decision }) => ({ id: identity.id, dueAt: decision.grants.dueAt })),
    );
    const removing = new Set(members.filter((member) => !member.wanted).map((member) => member.applicationId));
    this.announce(tx, rules, [
      ...written.map(({ applicationId, shard, priority }) => ({ applicationId, shard, urgent: priority === 0 })),
      ...shards.flatMap((shard): Announced[] => [
        ...(removing.has(shard.applicationId) ? [{ ...shard, urgent: true }] : []),
        { ...shard, urgent: false },
      ]),
    ]);
  }

  private announce(tx: Tx, rules: TenantRules, works: readonly Announced[]): void {
    for (const work of works) {
      const connector = rules.applications.get(work.applicationId)?.connector;
      if (connector !== undefined) this.hints.announce(tx, { ...work, tenantId: tx.tenantId, connector });
    }
  }
}

/** Whose accounts a merge asks about: both stay as they are until somebody has decided which one goes. */
async function askedAbout(tx: Tx, identities: readonly Identity[]): Promise<ReadonlySet<string>> {
  const merged = identities.filter(({ mergedInto }) => mergedInto !== null).map(({ id }) => id);
  if (merged.length === 0) return new Set();
  const rows = await tx.query<{ id: string }>(
    `SELECT details ->> 'otherIdentityId' AS id FROM cases
     WHERE tenant_id = $1 AND kind = 'duplicate_account' AND state = 'open' AND details ->> 'otherIdentityId' = ANY($2)`,
    [tx.tenantId, merged],
  );
  return new Set(rows.map(({ id }) => id));
}

const accountRowsOf = (decided: readonly Decided[], rules: TenantRules, now: Date): AccountRow[] =>
  decided.flatMap(({ identity, holding, decision }) =>
    decision.accounts.changes.map((change) => ({
      ...change,
      identityId: identity.id,
      cause: identity.cause,
      since: identity.behindSince,
      shards: rules.applications.get(change.applicationId)?.shards ?? 1,
      because: reasonsOf(change.applicationId, decision.grants, holding.grants, now),
    })),
  );

type Written = ReadonlyMap<string, readonly { readonly id: string; readonly applicationId: string }[]>;

/** Memberships are of accounts, so they are decided when new accounts have their ids. */
const membersOf = (decided: readonly Decided[], written: Written): MemberRow[] =>
  decided.flatMap(({ identity, holding, decision }) => {
    const accounts = [...holding.accounts, ...(written.get(identity.id) ?? [])];
    const accountOf = new Map(accounts.map((account) => [account.applicationId, account.id]));
    const { grants, untouchable } = decision;
    return decideMembers(grants.holds, holding.members, accountOf, untouchable).map((member) => ({
      ...member,
      cause: identity.cause,
      since: identity.behindSince,
    }));
  });
