import type { Clock } from './clock.js';
import type { Database } from './database.js';
import type { Log } from './logging.js';
import { duePerTenant, forEachTenant } from './per-tenant.js';
import type { Timer } from './timers.js';

/** Rows that are kept for a time. The parts are SQL over the table's own columns. */
export interface KeptRows {
  readonly timer: string;
  readonly table: string;
  /** Besides `tenant_id`: what names one row. */
  readonly key: string;
  /** The time that counts; an index of `tenant_id` and this column finds the rows. */
  readonly at: string;
  readonly keptHours: number;
}

const EVERY_MS = 60_000;
/** As many rows of one tenant in one look. */
export const DELETED_AT_ONCE = 5_000;

/** A timer that deletes rows whose time is over, in slices, each tenant's in a transaction of its own. */
export function deleteOld(kept: KeptRows, database: Database, clock: Clock, log: Log): Timer {
  const { timer, table, key, at, keptHours } = kept;
  const due = (before: string): string => `${at} < ${before}`;
  const owners = duePerTenant({ table, columns: at, open: 'true', due: due('$1'), order: at, perTenant: 1 });
  const slice = `DELETE FROM ${table} WHERE tenant_id = $1 AND (${key}) IN (
    SELECT ${key} FROM ${table} WHERE tenant_id = $1 AND ${due('$2')} ORDER BY ${at} LIMIT ${DELETED_AT_ONCE})`;
  return {
    name: timer,
    everyMs: EVERY_MS,
    run: async (tx) => {
      const before = new Date(clock.now().getTime() - keptHours * 3_600_000);
      const found = await tx.query<{ tenant_id: string }>(owners, [before]);
      return () =>
        forEachTenant(log, timer, found, (tenantId) =>
          database.transaction(tenantId, (own) => own.query(slice, [tenantId, before])),
        );
    },
  };
}
