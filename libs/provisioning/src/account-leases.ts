import type { Tx } from '@tenure/platform';
import { BEHIND, type AccountState, type Because, type ChosenNames, type DesiredAccount } from '@tenure/applications';
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

export interface LeaseRequest {
  readonly applicationId: string;
  readonly shard: number;
  /** Only what takes access away. */
  readonly urgent: boolean;
  readonly wanted: number;
  /** The most that may be leased at once in this shard, over all workers. */
  readonly limit: number;
  readonly leaseMs: number;
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
       LIMIT least($8, greatest(0, $5 - (SELECT count(*) FROM accounts WHERE tenant_id = $1 AND application_id = $2 AND shard = $3
                               AND lease_until >= clock_timestamp() AND (priority = 0) = $7)))
       FOR UPDATE SKIP LOCKED)
     UPDATE accounts SET lease_until = clock_timestamp() + make_interval(secs => $6::float8 / 1000), fence = fence + 1,
       look_first = look_first OR lease_until IS NOT NULL
     FROM batch WHERE accounts.tenant_id = $1 AND accounts.id = batch.id
     RETURNING accounts.id, identity_id AS "identityId", desired, desired_version AS "desiredVersion", desired_at AS "desiredAt", cause, because,
       observed, remote_id AS "remoteId", attempts, look_first AS "lookFirst", owed, names,
       was_there AS "wasThere",
       coalesce((SELECT jsonb_object_agg(f.attribute, f.desired) FROM drift_findings f WHERE f.tenant_id = $1 AND f.account_id = accounts.id
         AND f.kind = 'attribute' AND f.state IN ('open', 'ignored')), '{}') AS asked, fence`,
    [tx.tenantId, applicationId, shard, urgent ? 0 : 32_767, request.limit, request.leaseMs, urgent, request.wanted],
  );
}

/** What is written back for one account. */
export interface AccountOutcome {
  readonly id: string;
  readonly fence: string;
  /** The version that is applied now; absent when it is not. */
  readonly appliedVersion?: string;
  readonly applied: DesiredAccount | null;
  readonly observed: ObservedAccount | null;
  readonly remoteId: string | null;
  readonly state: AccountState;
  readonly runnable: boolean;
  readonly delayMs: number;
  readonly attempts: number;
  readonly lookFirst: boolean;
  readonly error: unknown;
  readonly plan: unknown;
  /** Why it is held or skipped. */
  readonly note: string | null;
  /** The version that this outcome speaks of: a newer one is runnable at once, and its tries begin anew. */
  readonly ofVersion: string;
}

/**
 * Writes outcomes and ends the leases; what became of steps of leaves is written before, in the same transaction. Returns
 * the ids that were written: a lease that was lost meanwhile is not.
 */
export async function writeOutcomes(tx: Tx, outcomes: readonly AccountOutcome[], now: Date): Promise<string[]> {
  if (outcomes.length === 0) return [];
  const rows = await tx.prepared<{ id: string }>(
    `UPDATE accounts a SET
       applied_version = coalesce(o."appliedVersion", a.applied_version),
       applied = CASE WHEN o."appliedVersion" IS NULL THEN a.applied ELSE o.applied END,
       applied_at = CASE WHEN o."appliedVersion" IS NULL THEN a.applied_at ELSE clock_timestamp() END,
       observed = o.observed, observed_at = clock_timestamp(), remote_id = o."remoteId",
       state = CASE WHEN a.desired_version > o."ofVersion" THEN 'pending' ELSE o.state END,
       runnable = o.runnable OR a.desired_version > o."ofVersion",
       due_at = CASE WHEN a.desired_version > o."ofVersion" AND NOT o."lookFirst" THEN '-infinity'
                     ELSE clock_timestamp() + make_interval(secs => o."delayMs" / 1000) END,
       attempts = CASE WHEN a.desired_version > o."ofVersion" THEN 0 ELSE o.attempts END, look_first = o."lookFirst", error = o.error, plan = o.plan,
       note = CASE WHEN a.desired_version > o."ofVersion" THEN NULL ELSE o.note END, lease_until = NULL,
       owed = a.owed AND (a.desired_version > o."ofVersion" OR EXISTS (SELECT FROM leave_steps s
         WHERE s.tenant_id = $1 AND s.account_id = a.id AND s.state = 'due' AND s.due_at <= $3))
     FROM jsonb_to_recordset($2) AS o (id uuid, fence bigint, "appliedVersion" bigint, applied jsonb, observed jsonb, "remoteId" text,
       state text, runnable boolean, "delayMs" float8, attempts int, "lookFirst" boolean, error jsonb, plan jsonb, note text, "ofVersion" bigint)
     WHERE a.tenant_id = $1 AND a.id = ANY($4) AND a.id = o.id AND a.fence = o.fence RETURNING a.id`,
    // The ids again: PostgreSQL takes the record set for a hundred rows, and would rather read a small table whole.
    [tx.tenantId, JSON.stringify(outcomes), now, outcomes.map(({ id }) => id)],
  );
  return rows.map((row) => row.id);
}

/** Whether another account than `accountId` already is `remoteId` in the application, or nobody’s may be it. */
export async function isOwnedByAnother(
  tx: Tx,
  applicationId: string,
  remoteId: string,
  accountId: string,
): Promise<boolean> {
  const rows = await tx.query(
    `SELECT FROM accounts WHERE tenant_id = $1 AND application_id = $2 AND remote_id = $3 AND id <> $4
     UNION ALL SELECT FROM unknown_accounts WHERE tenant_id = $1 AND application_id = $2 AND remote_id = $3 AND state = 'protected'`,
    [tx.tenantId, applicationId, remoteId, accountId],
  );
  return rows.length > 0;
}
