import { Clock, Database, groupBy, type Timer } from '@tenure/platform';
import type { HeldItems } from './held-items.js';
import { BUCKET_MS, WINDOW_MS } from './judge-budget.js';

const BATCH = 500;

/** Held items that nobody decided in time, or that something newer has overtaken; and spends that no window sees any more. */
export const heldItemsClock = (database: Database, items: HeldItems, clock: Clock): Timer => ({
  name: 'held-items',
  everyMs: 2_000,
  run: async (tx) => {
    const now = clock.now();
    const due = await tx.query<{ tenant_id: string; id: string }>(
      `SELECT h.tenant_id, h.id FROM held_items h
       LEFT JOIN accounts a ON h.entitlement_id IS NULL AND a.tenant_id = h.tenant_id AND a.id = h.account_id
       LEFT JOIN entitlement_members m ON m.tenant_id = h.tenant_id AND m.entitlement_id = h.entitlement_id AND m.account_id = h.account_id
       WHERE h.state = 'held' AND (h.expires_at <= $1 OR h.version IS DISTINCT FROM coalesce(a.desired_version, m.version))
       LIMIT $2`,
      [now, BATCH],
    );
    for (const [tenantId, rows] of groupBy(due, (row) => row.tenant_id))
      await database.transaction(tenantId, (own) => items.settle(own, rows.map(({ id }) => id))); // prettier-ignore
    const forgotten = new Date(now.getTime() - WINDOW_MS.week - 2 * BUCKET_MS);
    await tx.query('DELETE FROM budget_spends WHERE at < $1', [forgotten]);
  },
});
