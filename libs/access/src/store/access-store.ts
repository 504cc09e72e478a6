import { newId, type Tx } from '@tenure/platform';
import { PRIORITY, setsOf, shardOf, type Because, type DesiredAccount } from '@tenure/applications';
import type { AccountChangeDecision } from '../decide/decide-accounts.js';
import type { DecidedGrant } from '../decide/decide-grants.js';
import type { MemberDecision } from '../decide/decide-members.js';

export interface GrantRow extends DecidedGrant {
  readonly identityId: string;
  readonly cause: string | null;
}

/** A policy's grant that goes on under another version, or begins to run out, or does not any more. */
export interface GrantChange {
  readonly id: string;
  readonly policyVersion: number;
  readonly endsAt: Date | null;
  readonly requestId: string | null;
}

export interface GrantEnd {
  readonly id: string;
  readonly reason: string;
}

export interface GrantWrites {
  readonly added: readonly GrantRow[];
  readonly changed: readonly GrantChange[];
  /** What policies gave follows from them and is not kept. */
  readonly removedIds: readonly string[];
  readonly ended: readonly GrantEnd[];
}

export async function writeGrants(tx: Tx, writes: GrantWrites, now: Date): Promise<void> {
  const { added, changed, removedIds, ended } = writes;
  if (removedIds.length > 0)
    await tx.query('DELETE FROM grants WHERE tenant_id = $1 AND id = ANY($2)', [tx.tenantId, removedIds]);
  if (ended.length > 0)
    await tx.query(
      `UPDATE grants SET ended_at = $3, end_reason = e.reason FROM jsonb_to_recordset($2) AS e (id uuid, reason text)
       WHERE tenant_id = $1 AND grants.id = e.id AND ended_at IS NULL`,
      [tx.tenantId, JSON.stringify(ended), now],
    );
  if (changed.length > 0)
    await tx.query(
      `UPDATE grants SET policy_version = c."policyVersion", ends_at = c."endsAt", request_id = c."requestId"
       FROM jsonb_to_recordset($2) AS c (id uuid, "policyVersion" int, "endsAt" timestamptz, "requestId" uuid)
       WHERE tenant_id = $1 AND grants.id = c.id`,
      [tx.tenantId, JSON.stringify(changed)],
    );
  if (added.length === 0) return;
  await tx.query(
    `INSERT INTO grants (tenant_id, id, identity_id, application_id, entitlement_id, policy_id, policy_version, cause, since)
     SELECT $1, g.id, g."identityId", g."applicationId", g."entitlementId", g."policyId", g."policyVersion", g.cause, $3
     FROM jsonb_to_recordset($2) AS g (id uuid, "identityId" uuid, "applicationId" uuid, "entitlementId" uuid, "policyId" uuid, "policyVersion" int, cause uuid)
     ON CONFLICT DO NOTHING`,
    [tx.tenantId, JSON.stringify(added.map((grant) => ({ ...grant, id: newId() }))), now],
  );
}

export interface AccountRow extends AccountChangeDecision {
  readonly identityId: string;
  readonly cause: string | null;
  /** When the change was committed that this follows from. */
  readonly since: Date;
  readonly shards: number;
  readonly because: readonly Because[];
}

export interface AccountWrite {
  readonly id: string;
  readonly applicationId: string;
  readonly identityId: string;
  readonly shard: number;
  readonly desired: DesiredAccount;
  readonly cause: string | null;
  readonly priority: number;
  readonly since: Date;
  readonly because: readonly Because[];
}

/** What one more desired version means for the account: it is behind, runnable at once, and its tries begin anew. */
export async function writeAccounts(tx: Tx, changes: readonly AccountRow[]): Promise<AccountWrite[]> {
  if (changes.length === 0) return [];
  const writes = changes.map(
    ({ id: known, applicationId, identityId, desired, cause, urgent, since, shards, because }): AccountWrite => {
      const id = known ?? newId();
      const priority = urgent ? PRIORITY.leaver : known === undefined ? PRIORITY.joiner : PRIORITY.mover;
      return { id, applicationId, identityId, shard: shardOf(id, shards), desired, cause, priority, since, because };
    },
  );
  await tx.query(
    `INSERT INTO accounts AS account (tenant_id, id, application_id, identity_id, shard, desired, desired_at, cause, priority, because)
     SELECT $1, c.id, c."applicationId", c."identityId", c.shard, c.desired, c.since, c.cause, c.priority, c.because
     FROM jsonb_to_recordset($2) AS c (id uuid, since timestamptz, "applicationId" uuid, "identityId" uuid, shard int, desired jsonb, cause uuid, priority int,
       because jsonb)
     ON CONFLICT (tenant_id, id) DO UPDATE SET
       desired = excluded.desired, desired_at = excluded.desired_at, cause = excluded.cause, priority = excluded.priority,
       because = excluded.because, ${setsOf('desired', 'account')}`,
    [tx.tenantId, JSON.stringify(writes)],
  );
  return writes;
}

export interface MemberRow extends MemberDecision {
  readonly cause: string | null;
  readonly since: Date;
}

/** Returns the shards of the entitlements that have work now. */
export async function writeMembers(
  tx: Tx,
  rows: readonly MemberRow[],
): Promise<{ applicationId: string; shard: number }[]> {
  if (rows.length === 0) return [];
  await tx.query(
    `INSERT INTO entitlement_members AS member (tenant_id, entitlement_id, account_id, application_id, wanted, priority, changed_at, cause)
     SELECT $1, m."entitlementId", m."accountId", m."applicationId", m.wanted, CASE WHEN m.wanted THEN 5 ELSE 0 END, m.since, m.cause
     FROM jsonb_to_recordset($2) AS m ("entitlementId" uuid, "accountId" uuid, "applicationId" uuid, wanted boolean, cause uuid, since timestamptz)
     ORDER BY 2, 3
     ON CONFLICT (tenant_id, entitlement_id, account_id) DO UPDATE SET
       wanted = excluded.wanted, priority = excluded.priority, version = member.version + 1, changed_at = excluded.changed_at, cause = excluded.cause,
       runnable = true, error = NULL`,
    [tx.tenantId, JSON.stringify(rows)],
  );
  const entitlementIds = [...new Set(rows.map((row) => row.entitlementId))];
  return tx.query(
    `SELECT DISTINCT application_id AS "applicationId", shard FROM entitlements WHERE tenant_id = $1 AND id = ANY($2) AND runnable`,
    [tx.tenantId, entitlementIds],
  );
}

/** An identity whose access is as it must be. `dueAt` is absent where it was not looked at, and stays. */
export interface Computed {
  readonly id: string;
  readonly dueAt?: Date | null;
}

/** The identities are locked since they were read, so nothing has changed in them meanwhile. */
export async function markComputed(tx: Tx, computed: readonly Computed[]): Promise<void> {
  await tx.query(
    `UPDATE identities SET access_version = version, urgent = false, changed_fields = '{}', access_retry_at = NULL,
       access_due_at = CASE WHEN c.decided THEN c.due ELSE access_due_at END
     FROM unnest($2::uuid[], $3::timestamptz[], $4::boolean[]) AS c (id, due, decided)
     WHERE tenant_id = $1 AND identities.id = c.id`,
    [
      tx.tenantId,
      computed.map(({ id }) => id),
      computed.map(({ dueAt }) => dueAt ?? null),
      computed.map(({ dueAt }) => dueAt !== undefined),
    ],
  );
}

/** Leaves the access of people to be computed anew, wholly. */
export async function markBehind(
  tx: Tx,
  ids: readonly string[],
  { cause, urgent }: { readonly cause: string | null; readonly urgent: boolean },
): Promise<void> {
  await tx.query(
    `UPDATE identities SET access_version = 0, changed_fields = '{*}', behind_since = clock_timestamp(), cause = coalesce($3, cause),
       urgent = $4 OR (urgent AND access_version < version)
     WHERE tenant_id = $1 AND id = ANY($2)`,
    [tx.tenantId, ids, cause, urgent],
  );
}

/** The first and the longest pause (s) before a computation that failed on our side is tried again; it grows with the time that it fails. */
const RETRY_SECONDS = { first: 1, longest: 900 };

/** A computation that failed is tried again, ever later, and is left out of the looks until then. */
export async function putOffComputing(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE identities SET access_retry_at = $3::timestamptz + make_interval(secs =>
       least($5, greatest($4, extract(epoch FROM $3::timestamptz - behind_since)))::float8)
     WHERE tenant_id = $1 AND id = $2 AND access_version < version`,
    [tx.tenantId, id, now, RETRY_SECONDS.first, RETRY_SECONDS.longest],
  );
}
