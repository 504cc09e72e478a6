import { Clock, Database, duePerTenant, forEachTenant, type Log, type Timer, type Tx } from '@tenure/platform';
import { LifecycleEvents } from '@tenure/journal';

const DUE = duePerTenant({
  table: 'identities',
  columns: 'id',
  open: 'access_due_at IS NOT NULL',
  due: 'access_due_at <= $1',
  order: 'access_due_at',
  perTenant: 2_000,
});

/**
 * The clock as a source of change: grants that begin and end. It only leaves people behind, so that the ordinary path and its
 * timers do the rest, whatever stood still at that minute.
 */
export const accessClock = (database: Database, events: LifecycleEvents, clock: Clock, log: Log): Timer => ({
  name: 'access-clock',
  everyMs: 1_000,
  run: async (tx) => {
    const now = clock.now();
    const due = await tx.query<{ tenant_id: string; id: string }>(DUE, [now]);
    return () =>
      forEachTenant(log, 'access-clock', due, (tenantId, people) => {
        const ids = people.map(({ id }) => id);
        return database.transaction(tenantId, (own) => wake(own, ids, events, now));
      });
  },
});

async function wake(tx: Tx, ids: readonly string[], events: LifecycleEvents, now: Date): Promise<void> {
  const woken = await tx.query<{ id: string; urgent: boolean }>(
    `UPDATE identities AS i SET access_version = 0, changed_fields = '{*}', access_due_at = NULL, behind_since = clock_timestamp(),
       urgent = (urgent AND access_version < version)
         OR EXISTS (SELECT FROM grants g WHERE g.tenant_id = i.tenant_id AND g.identity_id = i.id AND g.ended_at IS NULL AND g.ends_at <= $3)
     WHERE tenant_id = $1 AND id = ANY($2) AND access_due_at <= $3 RETURNING id, urgent`,
    [tx.tenantId, ids, now],
  );
  for (const urgent of [true, false]) {
    const lane = woken.filter((row) => row.urgent === urgent).map((row) => row.id);
    if (lane.length > 0) tx.afterCommit(() => events.again(tx.tenantId, urgent, lane));
  }
}
