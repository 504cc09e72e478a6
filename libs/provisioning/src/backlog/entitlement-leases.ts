import type { Tx } from '@tenure/platform';
import type { Because, DesiredAccount, Mode, WorkError } from '@tenure/applications';
import { underWay, type LeaseScope } from './account-leases.js';

/** An entitlement whose members this worker alone may change until the lease ends. */
export interface LeasedEntitlement {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly remoteId: string | null;
  /** Its name in the application, as far as we know. */
  readonly appliedName: string | null;
  /** It is to be deleted there. */
  readonly removed: boolean;
  readonly attempts: number;
  readonly fence: string;
}

/** One membership that must change; `remoteAccountId` is the member's id in the application. */
export interface LeasedMember {
  readonly accountId: string;
  readonly identityId: string;
  readonly remoteAccountId: string;
  readonly wanted: boolean;
  readonly version: string;
  /** What was known of it before it was taken. */
  readonly heldBefore: boolean | null;
  /** What the member's account must be. */
  readonly desired: DesiredAccount;
  /** So long ago (ms) the account was written last: an application may not know it yet. */
  readonly writtenAgoMs?: number | null;
  readonly since: Date;
  readonly cause: string | null;
}

/** Memberships that may be worked on now: an addition waits until its account is there, the mode may forbid removals, and nobody touches a protected account. */
const ACTIONABLE = `m.wanted IS DISTINCT FROM m.held AND m.runnable AND a.protected_reason IS NULL AND (CASE WHEN m.wanted THEN a.remote_id IS NOT NULL ELSE $MODE <> 'add_only' END)`;
const actionable = (modeParameter: string): string => ACTIONABLE.replace('$MODE', modeParameter);

/** It has another name now, or is to go: only where everything may be written, and not again after a refusal until somebody retries. */
const RESHAPED = `e.remote_id IS NOT NULL AND e.error IS NULL AND (e.applied_name IS DISTINCT FROM e.name OR e.removed_at IS NOT NULL)`;

export async function leaseEntitlement(
  tx: Tx,
  request: LeaseScope & { readonly urgent: boolean; readonly mode: Mode; readonly leaseMs: number },
): Promise<LeasedEntitlement | null> {
  const [leased] = await tx.prepared<LeasedEntitlement>(
    `WITH one AS (
       SELECT e.id FROM entitlements e
       WHERE e.tenant_id = $1 AND e.application_id = $2 AND e.shard = $3 AND e.runnable AND e.due_at <= clock_timestamp()
         AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp()) AND ${underWay('$8::boolean')} < $7
         AND (($4 > 0 AND $6 = 'enforce' AND ${RESHAPED})
           OR EXISTS (SELECT FROM entitlement_members m JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
                      WHERE m.tenant_id = $1 AND m.application_id = $2 AND m.entitlement_id = e.id AND m.priority <= $4 AND ${actionable('$6')}))
       ORDER BY e.due_at, e.id LIMIT 1 FOR UPDATE SKIP LOCKED)
     UPDATE entitlements SET lease_until = clock_timestamp() + make_interval(secs => $5::float8 / 1000), fence = fence + 1
     FROM one WHERE entitlements.tenant_id = $1 AND entitlements.id = one.id
     RETURNING entitlements.id, kind, name, remote_id AS "remoteId", applied_name AS "appliedName",
       removed_at IS NOT NULL AS removed, attempts, fence`,
    [
      tx.tenantId,
      request.applicationId,
      request.shard,
      request.urgent ? 0 : 32_767,
      request.leaseMs,
      request.mode,
      request.limit,
      request.allShards,
    ],
  );
  return leased ?? null;
}

/**
 * Takes the next batch of memberships. `held` becomes unknown before anything is sent: whatever happens to this
 * worker, a membership that may have been made is looked after.
 */
export async function takeMembers(
  tx: Tx,
  applicationId: string,
  entitlementId: string,
  mode: Mode,
  limit: number,
): Promise<LeasedMember[]> {
  await tx.query(
    `UPDATE entitlement_members m SET held = false, applied_at = clock_timestamp() FROM accounts a
     WHERE m.tenant_id = $1 AND m.application_id = $2 AND m.entitlement_id = $3 AND NOT m.wanted AND m.held IS DISTINCT FROM false AND m.runnable
       AND a.tenant_id = m.tenant_id AND a.id = m.account_id AND a.remote_id IS NULL AND NOT a.look_first`,
    [tx.tenantId, applicationId, entitlementId],
  );
  return tx.query<LeasedMember>(
    `WITH batch AS (
       SELECT m.account_id, a.identity_id, a.remote_id, a.desired, m.held AS held_before,
         extract(epoch FROM clock_timestamp() - a.applied_at)::float8 * 1000 AS written_ago FROM entitlement_members m
       JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
       WHERE m.tenant_id = $1 AND m.application_id = $2 AND m.entitlement_id = $3 AND a.remote_id IS NOT NULL AND ${actionable('$4')}
       ORDER BY m.priority, m.changed_at, m.account_id LIMIT $5 FOR UPDATE OF m)
     UPDATE entitlement_members m SET held = NULL FROM batch
     WHERE m.tenant_id = $1 AND m.entitlement_id = $3 AND m.account_id = batch.account_id
     RETURNING m.account_id AS "accountId", batch.identity_id AS "identityId", batch.remote_id AS "remoteAccountId", m.wanted, m.version,
       batch.held_before AS "heldBefore", batch.written_ago AS "writtenAgoMs", batch.desired, m.changed_at AS since, m.cause`,
    [tx.tenantId, applicationId, entitlementId, mode, limit],
  );
}

/** The grants that members are wanted for. */
export async function becauseOf(tx: Tx, entitlementId: string, members: readonly LeasedMember[]): Promise<Because[]> {
  const wanted = members.filter((member) => member.wanted).map((member) => member.identityId);
  if (wanted.length === 0) return [];
  return tx.query<Because>(
    `SELECT CASE WHEN origin <> 'policy' THEN id END AS "grantId", policy_id AS "policyId", policy_version AS "policyVersion", request_id AS "requestId", NULL AS ended
     FROM grants WHERE tenant_id = $1 AND identity_id = ANY ($2) AND entitlement_id = $3 AND ended_at IS NULL`,
    [tx.tenantId, wanted, entitlementId],
  );
}

/** What became of one membership: done as asked, refused for good, or not known. */
export interface MemberOutcome {
  readonly accountId: string;
  /** As asked when the call was made: what was refused then says nothing of the opposite, asked for meanwhile. */
  readonly wanted: boolean;
  readonly held: boolean | null;
  readonly error: WorkError | null;
  /** The version that was not done because it is held, or was rejected: it waits for a person. */
  readonly keptBack: string | null;
}

export async function writeMemberOutcomes(
  tx: Tx,
  entitlementId: string,
  outcomes: readonly MemberOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return;
  await tx.query(
    `UPDATE entitlement_members m SET held = o.held, applied_at = clock_timestamp(),
       error = CASE WHEN m.wanted = o.wanted THEN o.error END, runnable = (o.error IS NULL AND m.version IS DISTINCT FROM o."keptBack") OR m.wanted <> o.wanted
     FROM jsonb_to_recordset($3) AS o ("accountId" uuid, wanted boolean, held boolean, error jsonb, "keptBack" bigint)
     WHERE m.tenant_id = $1 AND m.entitlement_id = $2 AND m.account_id = o."accountId"`,
    [tx.tenantId, entitlementId, JSON.stringify(outcomes)],
  );
}

/**
 * The assignments by which an entitlement `e` is worked on at once: never before the end of a settle wait, during which the
 * application may still carry out a call that was not answered.
 */
export const RESUMED = `state = 'ready', runnable = true, attempts = 0, due_at = greatest('-infinity', e.settle_until), error = NULL`;

export interface EntitlementOutcome {
  readonly remoteId: string | null;
  readonly appliedName: string | null;
  readonly state: 'ready' | 'failed' | 'deleted';
  readonly delayMs: number;
  /** So long (ms) the application may still carry out a call that was not answered; 0: nothing is under way. */
  readonly settleMs: number;
  readonly attempts: number;
  readonly error: WorkError | null;
}

/** Ends the lease. False: it was lost to another worker, and nothing was written. */
export async function releaseEntitlement(
  tx: Tx,
  leased: LeasedEntitlement,
  outcome: EntitlementOutcome,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE entitlements SET lease_until = NULL, remote_id = $4, state = $5, runnable = $5 <> 'failed',
       settle_until = CASE WHEN $10::float8 > 0 THEN statement_timestamp() + make_interval(secs => $10::float8 / 1000) END,
       due_at = statement_timestamp() + make_interval(secs => greatest($6::float8, $10::float8) / 1000),
       attempts = $7, error = $8, applied_name = $9
     WHERE tenant_id = $1 AND id = $2 AND fence = $3 RETURNING id`,
    [
      tx.tenantId,
      leased.id,
      leased.fence,
      outcome.remoteId,
      outcome.state,
      outcome.delayMs,
      outcome.attempts,
      outcome.error === null ? null : JSON.stringify(outcome.error),
      outcome.appliedName,
      outcome.settleMs,
    ],
  );
  return rows.length > 0;
}
