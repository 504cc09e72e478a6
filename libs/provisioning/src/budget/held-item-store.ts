import type { Tx } from '@tenure/platform';
import { setsOf, whereEvent, type AccountEvent, type BudgetAction } from '@tenure/applications';
import type { Runnable } from '../backlog/announce-work.js';
import { clear } from './budget-store.js';
import type { DecidableItem } from './decide-release.js';

/** A held item, locked together with its account. */
export interface LockedItem extends DecidableItem, Runnable {
  readonly id: string;
  readonly accountId: string;
  readonly entitlementId: string | null;
  readonly action: BudgetAction;
  readonly barsLater: boolean;
}

/** Locks the items, their accounts first, as whoever ends a turn does; in the order of their ids. */
export async function lockItems(tx: Tx, ids: readonly string[]): Promise<LockedItem[]> {
  await tx.query(
    `SELECT FROM accounts WHERE tenant_id = $1 AND id IN (SELECT account_id FROM held_items WHERE tenant_id = $1 AND id = ANY ($2))
     ORDER BY id FOR UPDATE`,
    [tx.tenantId, ids],
  );
  return tx.query<LockedItem>(
    `SELECT h.id, h.account_id AS "accountId", h.entitlement_id AS "entitlementId", h.action, h.state, h.version, h.approved_by AS "approvedBy",
       h.bars_later AS "barsLater", CASE WHEN h.entitlement_id IS NULL THEN a.desired_version ELSE m.version END AS "currentVersion",
       p.id AS "applicationId", p.connector, coalesce(e.shard, a.shard) AS shard, coalesce(m.priority, a.priority) AS priority
     FROM held_items h
     JOIN accounts a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
     JOIN applications p ON p.tenant_id = h.tenant_id AND p.id = h.application_id
     LEFT JOIN entitlement_members m ON m.tenant_id = h.tenant_id AND m.entitlement_id = h.entitlement_id AND m.account_id = h.account_id
     LEFT JOIN entitlements e ON e.tenant_id = h.tenant_id AND e.id = h.entitlement_id
     WHERE h.tenant_id = $1 AND h.id = ANY ($2) ORDER BY h.id FOR UPDATE OF h`,
    [tx.tenantId, ids],
  );
}

export interface ItemFilter {
  readonly applicationId?: string;
  readonly action?: string;
  readonly identityId?: string;
}

/** The next held items that a filter means. */
export async function heldIds(tx: Tx, filter: ItemFilter, after: string | null, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM held_items WHERE tenant_id = $1 AND state = 'held' AND ($2::uuid IS NULL OR application_id = $2)
       AND ($3::text IS NULL OR action = $3) AND ($4::uuid IS NULL OR identity_id = $4) AND ($5::uuid IS NULL OR id > $5)
     ORDER BY id LIMIT $6`,
    [tx.tenantId, filter.applicationId ?? null, filter.action ?? null, filter.identityId ?? null, after, limit],
  );
  return rows.map(({ id }) => id);
}

export interface WrittenDecision {
  readonly state: 'released' | 'rejected' | 'expired' | 'superseded';
  readonly by: string;
  readonly at: Date;
  readonly reason: string | null;
  readonly barsLater?: boolean;
}

export async function writeDecision(
  tx: Tx,
  items: readonly LockedItem[],
  { state, by, at, reason, barsLater = false }: WrittenDecision,
): Promise<void> {
  await tx.query(
    `UPDATE held_items SET state = $3, decided_by = $4, decided_at = $5, reason = $6, bars_later = $7 WHERE tenant_id = $1 AND id = ANY ($2)`,
    [tx.tenantId, idsOf(items), state, by, at, reason, barsLater],
  );
}

export async function writeApproval(tx: Tx, items: readonly LockedItem[], by: string, at: Date): Promise<void> {
  await tx.query('UPDATE held_items SET approved_by = $3, approved_at = $4 WHERE tenant_id = $1 AND id = ANY ($2)', [
    tx.tenantId,
    idsOf(items),
    by,
    at,
  ]);
}

/** They may be done, and are due at once. */
export async function letRun(tx: Tx, items: readonly LockedItem[]): Promise<void> {
  await clear(tx, items);
  await runAgain(tx, items, 'released');
}

/** What is held, or was skipped, is looked at anew. */
export async function runAgain(
  tx: Tx,
  items: readonly LockedItem[],
  event: Extract<AccountEvent, 'released' | 'retried'>,
): Promise<void> {
  const [accounts, members, deletions] = divided(items);
  if (deletions.length > 0) await deleteAgain(tx, deletions);
  if (accounts.length > 0)
    await tx.query(
      `UPDATE accounts a SET ${setsOf(event)} WHERE a.tenant_id = $1 AND a.id = ANY ($2) AND ${whereEvent(event)}`,
      [tx.tenantId, accounts],
    );
  if (members.length > 0)
    await tx.query(
      `UPDATE entitlement_members m SET runnable = true FROM jsonb_to_recordset($2) AS c ("accountId" uuid, "entitlementId" uuid)
       WHERE m.tenant_id = $1 AND m.entitlement_id = c."entitlementId" AND m.account_id = c."accountId"`,
      [tx.tenantId, JSON.stringify(members)],
    );
}

/** They are not done: the accounts are skipped. Memberships and steps of leaves stay as they are. */
export async function leaveUndone(tx: Tx, items: readonly LockedItem[], note: string): Promise<void> {
  const [accounts] = divided(items);
  if (accounts.length === 0) return;
  await tx.query(
    `UPDATE accounts a SET ${setsOf('rejected')}, note = $3 WHERE a.tenant_id = $1 AND a.id = ANY ($2) AND ${whereEvent('rejected')}`,
    [tx.tenantId, accounts, note],
  );
}

/** Deletions are steps of a leave: they are due again, and the account is owed to them. */
async function deleteAgain(tx: Tx, accountIds: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE leave_steps SET due_at = least(due_at, clock_timestamp()) WHERE tenant_id = $1 AND account_id = ANY ($2) AND kind = 'delete' AND state = 'due'`,
    [tx.tenantId, accountIds],
  );
  await tx.query(`UPDATE accounts a SET ${setsOf('owed')} WHERE a.tenant_id = $1 AND a.id = ANY ($2)`, [
    tx.tenantId,
    accountIds,
  ]);
}

const idsOf = (items: readonly LockedItem[]): string[] => items.map(({ id }) => id);

const divided = (
  items: readonly LockedItem[],
): [accounts: string[], members: readonly LockedItem[], deletions: string[]] => [
  items.filter(({ action }) => action === 'create' || action === 'disable').map(({ accountId }) => accountId),
  items.filter(({ action }) => action === 'revoke'),
  items.filter(({ action }) => action === 'delete').map(({ accountId }) => accountId),
];
