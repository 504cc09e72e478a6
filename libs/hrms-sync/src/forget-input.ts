import {
  Clock,
  Database,
  deleteOld,
  DELETED_AT_ONCE,
  duePerTenant,
  forEachRow,
  type Log,
  type Timer,
  type Tx,
} from '@tenure/platform';

const KEPT_DAYS = 30;
const KEPT_HOURS = KEPT_DAYS * 24;

/** Deletes what HR systems sent more than 30 days ago. */
export const forgetInboundEvents = (database: Database, clock: Clock, log: Log): Timer =>
  deleteOld(
    {
      timer: 'inbound-events-forget',
      table: 'inbound_events',
      key: 'id',
      at: 'received_at',
      keptHours: KEPT_HOURS,
    },
    database,
    clock,
    log,
  );

/** An open import asks the rows of those that began after it whom they name. */
const NEEDED = `EXISTS (SELECT FROM imports o WHERE o.tenant_id = imports.tenant_id AND o.source_id = imports.source_id
  AND o.state <> 'done' AND o.started_at < imports.started_at)`;

const DUE = duePerTenant({
  table: 'imports',
  columns: 'id',
  open: "state = 'done' AND rows_deleted_at IS NULL",
  due: `done_at < $1 AND NOT ${NEEDED}`,
  order: 'done_at',
  perTenant: 20,
});

/** Deletes the rows of imports that ended more than 30 days ago; what the import counted stays. */
export const forgetImportRows = (database: Database, clock: Clock, log: Log): Timer => ({
  name: 'import-rows-forget',
  everyMs: 60_000,
  run: async (tx) => {
    const before = new Date(clock.now().getTime() - KEPT_HOURS * 3_600_000);
    const due = await tx.query<{ tenant_id: string; id: string }>(DUE, [before]);
    return () =>
      forEachRow(log, 'import-rows-forget', due, (tenantId, { id }) =>
        database.transaction(tenantId, (own) => forgetRowsOf(own, id, clock.now())),
      );
  },
});

/** Under the import's lock: a retry that began before keeps its rows. */
async function forgetRowsOf(tx: Tx, id: string, now: Date): Promise<void> {
  const ended = await tx.query(
    "SELECT id FROM imports WHERE tenant_id = $1 AND id = $2 AND state = 'done' AND rows_deleted_at IS NULL FOR UPDATE SKIP LOCKED",
    [tx.tenantId, id],
  );
  if (ended.length === 0) return;
  const deleted = await tx.query(
    `DELETE FROM import_rows WHERE tenant_id = $1 AND import_id = $2 AND row IN (
       SELECT row FROM import_rows WHERE tenant_id = $1 AND import_id = $2 LIMIT ${DELETED_AT_ONCE}) RETURNING row`,
    [tx.tenantId, id],
  );
  if (deleted.length < DELETED_AT_ONCE)
    await tx.query('UPDATE imports SET rows_deleted_at = $3 WHERE tenant_id = $1 AND id = $2', [tx.tenantId, id, now]);
}
