import { Clock, Database, forEachTenant, type Log, type Timer } from '@tenure/platform';
import type { HeldItems } from './held-items.js';
import { BUCKET_MS, WINDOW_MS } from './judge-budget.js';

const PER_TENANT = 500;

/** Held items that nobody decided in time, or that something newer has overtaken; and spends that no window sees any more. */
export const heldItemsClock = (database: Database, items: HeldItems, clock: Clock, log: Log): Timer => ({
  name: 'held-items',
  everyMs: 2_000,
  run: async (tx) => {
    const now = clock.now();
    const due = await tx.query<{ tenant_id: string; id: string }>(
      `SELECT tenant_id, id FROM (SELECT h.tenant_id, h.id, row_number() OVER (PARTITION BY h.tenant_id ORDER BY h.id) AS nth FROM held_items h
       LEFT JOIN accounts a ON h.entitlement_id IS NULL AND a.tenant_id = h.tenant_id AND a.id = h.account_id
       LEFT JOIN entitlement_members m ON m.tenant_id = h.tenant_id AND m.entitlement_id = h.entitlement_id AND m.account_id = h.account_id
       WHERE h.state = 'held' AND (h.expires_at <= $1 OR h.version IS DISTINCT FROM coalesce(a.desired_version, m.version))) ended
       WHERE nth <= $2`,
      [now, PER_TENANT],
    );
    await tx.query('DELETE FROM budget_spends WHERE at < $1', [
      new Date(now.getTime() - WINDOW_MS.week - 2 * BUCKET_MS),
    ]);
    return () =>
      forEachTenant(log, 'held-items', due, (tenantId, rows) => {
        const ids = rows.map(({ id }) => id);
        return database.transaction(tenantId, (own) => items.settle(own, ids));
      });
  },
});
