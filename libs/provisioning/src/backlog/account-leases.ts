import type { Tx } from '@tenure/platform';
import {
  BEHIND,
  leaseSets,
  outcomeSets,
  WORK_OUTCOME_COLUMNS,
  type Because,
  type ChosenNames,
  type DesiredAccount,
  type Mode,
  type WorkOutcome,
} from '@tenure/applications';
import type { Attributes, ObservedAccount } from '@tenure/connectors';

/** An account that this worker alone may act on until the lease ends. */
export interface LeasedAccount {
  readonly id: string;
  readonly identityId: string;
  readonly desired: DesiredAccount;
  readonly desiredVersion: string;
  readonly desiredAt: Date;
  readonly cause: string | null;
  /** The grants that it is desired for. */
  readonly because: readonly Because[];
  readonly observed: ObservedAccount | null;
  readonly remoteId: string | null;
  readonly attempts: number;
  readonly lookFirst: boolean;
  /** Steps of a leave are due. */
  readonly owed: boolean;
  readonly names: ChosenNames;
  /** It was in the application before Tenure was. */
  readonly wasThere?: boolean;
  /** Targets whose value in the application somebody is asked about, or has said to leave: what was desired of them then. */
  readonly asked: Attributes;
  readonly fence: string;
}

/** How much of an application may be under way at once: accounts and entitlements, of both lanes, over all workers. */
export interface LeaseScope {
  readonly applicationId: string;
  readonly shard: number;
  /** The most that may be leased at once in this shard; or in all shards together. */
  readonly limit: number;
  readonly allShards: boolean;
}

export interface LeaseRequest extends LeaseScope {
  /** Only what takes access away. */
  readonly urgent: boolean;
  readonly wanted: number;
  readonly leaseMs: number;
}

/** SQL: what is under way of the application `$2`, in the shard `$3` or (`all`) in all of them. */
export const underWay = (all: string): string =>
  `((SELECT count(*) FROM accounts WHERE tenant_id = $1 AND application_id = $2 AND (${all} OR shard = $3) AND lease_until >= clock_timestamp())
    + (SELECT count(*) FROM entitlements WHERE tenant_id = $1 AND application_id = $2 AND (${all} OR shard = $3) AND lease_until >= clock_timestamp()))`;

/** How many leases more the limit allows now. */
export async function roomFor(tx: Tx, { applicationId, shard, limit, allShards }: LeaseScope): Promise<number> {
  const [row] = await tx.prepared<{ count: number }>(`SELECT ${underWay('$4::boolean')}::int AS count`, [
    tx.tenantId,
    applicationId,
    shard,
    allShards,
  ]);
  return Math.max(0, limit - (row?.count ?? 0));
}

/** Leases the most urgent accounts that are behind and due. A lease that ran out is taken over as "outcome unknown". */
export async function leaseAccounts(tx: Tx, request: LeaseRequest): Promise<LeasedAccount[]> {
  const { applicationId, shard, urgent } = request;
  return tx.prepared<LeasedAccount>(
    `WITH batch AS (
       SELECT id FROM accounts
       WHERE tenant_id = $1 AND application_id = $2 AND shard = $3 AND ${BEHIND} AND runnable
         AND protected_reason IS NULL
         AND due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND priority <= $4
       ORDER BY priority, due_at
       LIMIT least($8, greatest(0, $5 - ${underWay('$7::boolean')}))
       FOR UPDATE SKIP LOCKED)
     UPDATE accounts SET ${leaseSets('$6')} FROM batch WHERE accounts.tenant_id = $1 AND accounts.id = batch.id
     RETURNING accounts.id, identity_id AS "identityId", desired, desired_version AS "desiredVersion", desired_at AS "desiredAt", cause, because,
       observed, remote_id AS "remoteId", attempts, look_first AS "lookFirst", owed, names,
       was_there AS "wasThere",
       coalesce((SELECT jsonb_object_agg(f.attribute, f.desired) FROM drift_findings f WHERE f.tenant_id = $1 AND f.account_id = accounts.id
         AND f.kind = 'attribute' AND f.state IN ('open', 'ignored')), '{}') AS asked, fence`,
    [
      tx.tenantId,
      applicationId,
      shard,
      urgent ? 0 : 32_767,
      request.limit,
      request.leaseMs,
      request.allShards,
      request.wanted,
    ],
  );
}

/** What is written back for one account. */
export interface AccountOutcome extends WorkOutcome {
  readonly id: string;
  readonly fence: string;
  /** The version that is applied now; absent when it is not. */
  readonly appliedVersion?: string;
  readonly applied: DesiredAccount | null;
  readonly observed: ObservedAccount | null;
  readonly remoteId: string | null;
}

/** The mode under which turns ran, and of which application. */
export interface TurnMode {
  readonly applicationId: string;
  readonly mode: Mode;
}

/**
 * Writes outcomes and ends the leases; what became of steps of leaves is written before, in the same transaction. Returns
 * the ids that were written: a lease that was lost meanwhile is not. What a mode has withheld that the application does not
 * have any more is tried again.
 */
export async function writeOutcomes(
  tx: Tx,
  outcomes: readonly AccountOutcome[],
  now: Date,
  turn: TurnMode,
): Promise<string[]> {
  if (outcomes.length === 0) return [];
  const holds = await modeHolds(tx, outcomes, turn);
  const rows = await tx.prepared<{ id: string }>(
    `UPDATE accounts a SET
       applied_version = coalesce(o."appliedVersion", a.applied_version),
       applied = CASE WHEN o."appliedVersion" IS NULL THEN a.applied ELSE o.applied END,
       applied_at = CASE WHEN o."appliedVersion" IS NULL THEN a.applied_at ELSE clock_timestamp() END,
       observed = o.observed, observed_at = clock_timestamp(), remote_id = o."remoteId", ${outcomeSets('$5::boolean', '$3')}
     FROM jsonb_to_recordset($2) AS o (id uuid, fence bigint, "appliedVersion" bigint, applied jsonb, observed jsonb, "remoteId" text,
       ${WORK_OUTCOME_COLUMNS})
     WHERE a.tenant_id = $1 AND a.id = ANY($4) AND a.id = o.id AND a.fence = o.fence RETURNING a.id`,
    // The ids again: PostgreSQL takes the record set for a hundred rows, and would rather read a small table whole.
    [tx.tenantId, JSON.stringify(outcomes), now, outcomes.map(({ id }) => id), holds],
  );
  return rows.map((row) => row.id);
}

/** The application's row stays locked until the outcome is written: a change of its mode sees what this one withholds. */
async function modeHolds(
  tx: Tx,
  outcomes: readonly AccountOutcome[],
  { applicationId, mode }: TurnMode,
): Promise<boolean> {
  if (!outcomes.some(({ state }) => state === 'withheld')) return true;
  const rows = await tx.query(
    'SELECT FROM applications WHERE tenant_id = $1 AND id = $2 AND mode = $3 FOR NO KEY UPDATE',
    [tx.tenantId, applicationId, mode],
  );
  return rows.length > 0;
}

/**
 * Checks whether another account holds `remoteId` in the application, or an admin protected it as nobody's. Null: it is free.
 * @returns the database's time of the check, as text
 */
export async function heldByAnotherAt(
  tx: Tx,
  applicationId: string,
  remoteId: string,
  accountId: string,
): Promise<string | null> {
  const [row] = await tx.query<{ at: string }>(
    `SELECT clock_timestamp()::text AS at FROM accounts WHERE tenant_id = $1 AND application_id = $2 AND remote_id = $3 AND id <> $4
     UNION ALL SELECT clock_timestamp()::text FROM unknown_accounts
     WHERE tenant_id = $1 AND application_id = $2 AND remote_id = $3 AND state = 'protected'`,
    [tx.tenantId, applicationId, remoteId, accountId],
  );
  return row?.at ?? null;
}
