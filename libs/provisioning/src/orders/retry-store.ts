import type { Tx } from '@tenure/platform';
import { setsOf, whereEvent } from '@tenure/applications';
import type { Runnable } from '../backlog/announce-work.js';
import { RESUMED } from '../backlog/entitlement-leases.js';

/** Which work is tried again. */
export interface RetryFilter {
  readonly state: 'failed' | 'skipped';
  readonly accountId?: string;
  readonly applicationId?: string;
  readonly identityId?: string;
  readonly errorClass?: string;
}

export interface RetriedAccount extends Runnable {
  readonly id: string;
  readonly before: string;
  readonly errorClass: string | null;
}

export interface RetriedMember extends Runnable {
  readonly entitlementId: string;
  readonly accountId: string;
}

const paramsOf = ({ accountId, applicationId, identityId, errorClass }: RetryFilter): (string | null)[] => [
  accountId ?? null,
  applicationId ?? null,
  identityId ?? null,
  errorClass ?? null,
];

/** Makes the next accounts runnable at once, in the order of their ids. */
export function retryAccounts(
  tx: Tx,
  filter: RetryFilter,
  after: string | null,
  limit: number,
): Promise<RetriedAccount[]> {
  return tx.query<RetriedAccount>(
    `WITH batch AS (
       SELECT a.id, a.state AS before, a.error ->> 'class' AS error_class, p.connector
       FROM accounts a JOIN applications p ON p.tenant_id = a.tenant_id AND p.id = a.application_id
       WHERE a.tenant_id = $1 AND ($2::uuid IS NULL OR a.id = $2) AND ($3::uuid IS NULL OR a.application_id = $3)
         AND ($4::uuid IS NULL OR a.identity_id = $4) AND ($5::text IS NULL OR a.error ->> 'class' = $5)
         AND a.state = $6 AND ${whereEvent('retried')} AND ($7::uuid IS NULL OR a.id > $7)
       ORDER BY a.id LIMIT $8 FOR UPDATE OF a)
     UPDATE accounts a SET ${setsOf('retried')} FROM batch WHERE a.tenant_id = $1 AND a.id = batch.id
     RETURNING a.id, batch.before, batch.error_class AS "errorClass", a.application_id AS "applicationId", batch.connector, a.shard, a.priority`,
    [tx.tenantId, ...paramsOf(filter), filter.state, after, limit],
  );
}

/** Makes the next memberships runnable that were refused (`failed`), or rejected (`skipped`). */
export function retryMembers(
  tx: Tx,
  filter: RetryFilter,
  after: readonly [string, string] | null,
  limit: number,
): Promise<RetriedMember[]> {
  const kind =
    filter.state === 'failed'
      ? 'm.error IS NOT NULL'
      : `m.error IS NULL AND m.wanted IS DISTINCT FROM m.held AND NOT EXISTS (SELECT FROM held_items h WHERE h.tenant_id = $1 AND h.account_id = m.account_id
           AND h.entitlement_id = m.entitlement_id AND h.state = 'held')`;
  return tx.query<RetriedMember>(
    `WITH batch AS (
       SELECT m.entitlement_id, m.account_id, p.connector, e.shard
       FROM entitlement_members m JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
       JOIN entitlements e ON e.tenant_id = m.tenant_id AND e.id = m.entitlement_id
       JOIN applications p ON p.tenant_id = m.tenant_id AND p.id = m.application_id
       WHERE m.tenant_id = $1 AND ($2::uuid IS NULL OR m.account_id = $2) AND ($3::uuid IS NULL OR m.application_id = $3)
         AND ($4::uuid IS NULL OR a.identity_id = $4) AND ($5::text IS NULL OR m.error ->> 'class' = $5)
         AND NOT m.runnable AND ${kind} AND ($6::uuid IS NULL OR (m.entitlement_id, m.account_id) > ($6, $7::uuid))
       ORDER BY m.entitlement_id, m.account_id LIMIT $8 FOR UPDATE OF m)
     UPDATE entitlement_members m SET runnable = true, error = NULL FROM batch
     WHERE m.tenant_id = $1 AND m.entitlement_id = batch.entitlement_id AND m.account_id = batch.account_id
     RETURNING m.entitlement_id AS "entitlementId", m.account_id AS "accountId", m.application_id AS "applicationId", batch.connector, batch.shard, m.priority`,
    [tx.tenantId, ...paramsOf(filter), after?.[0] ?? null, after?.[1] ?? null, limit],
  );
}

/** Entitlements that failed as a whole: with the filter's application, or with members that the filter means. */
export async function retryEntitlements(tx: Tx, filter: RetryFilter): Promise<Runnable[]> {
  if (filter.state !== 'failed') return [];
  return tx.query<Runnable>(
    `UPDATE entitlements e SET ${RESUMED} FROM applications p
     WHERE e.tenant_id = $1 AND e.state = 'failed' AND p.tenant_id = e.tenant_id AND p.id = e.application_id
       AND ($3::uuid IS NULL OR e.application_id = $3) AND ($5::text IS NULL OR e.error ->> 'class' = $5)
       AND (($2::uuid IS NULL AND $4::uuid IS NULL) OR EXISTS (
         SELECT FROM entitlement_members m JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
         WHERE m.tenant_id = $1 AND m.entitlement_id = e.id AND ($2::uuid IS NULL OR m.account_id = $2) AND ($4::uuid IS NULL OR a.identity_id = $4)))
     RETURNING e.application_id AS "applicationId", p.connector, e.shard, 5 AS priority`,
    [tx.tenantId, ...paramsOf(filter)],
  );
}

/** A person's order to try again takes back that these were rejected, or left to expire; unless it was for good. */
export async function proposeRejectedAgain(tx: Tx, accountIds: readonly string[], memberships = false): Promise<void> {
  if (accountIds.length === 0) return;
  await tx.query(
    `UPDATE held_items SET state = 'superseded' WHERE tenant_id = $1 AND account_id = ANY ($2) AND (entitlement_id IS NOT NULL) = $3
       AND state IN ('rejected', 'expired') AND NOT bars_later`,
    [tx.tenantId, accountIds, memberships],
  );
}
