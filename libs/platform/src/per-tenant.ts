import { groupBy } from './group-by.js';

import { loggedReason, type Log } from './logging.js';

/** Which rows a timer looks for. The parts are SQL over the table's own columns. */
export interface DueRows {
  readonly table: string;
  /** Besides `tenant_id`. */
  readonly columns: string;
  /** What has something to come at all: the predicate of a partial index whose first key is `tenant_id`. */
  readonly open: string;
  /** What may be done now; leaves out whatever cannot progress, so that it hides nothing. */
  readonly due: string;
  readonly order: string;
  /** So many rows of one tenant in one look; the others in the next. */
  readonly perTenant: number;
}

/**
 * SQL for the rows that are due, the same number of each tenant at most: a backlog of one tenant hides no other's. The index
 * is skipped from one tenant to the next.
 */
export const duePerTenant = ({ table, columns, open, due, order, perTenant }: DueRows): string => `
  WITH RECURSIVE owners AS (
    (SELECT tenant_id FROM ${table} WHERE ${open} ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT n.tenant_id FROM owners h CROSS JOIN LATERAL (
      SELECT tenant_id FROM ${table} WHERE ${open} AND tenant_id > h.tenant_id ORDER BY tenant_id LIMIT 1) n)
  SELECT r.* FROM owners h CROSS JOIN LATERAL (
    SELECT tenant_id, ${columns} FROM ${table} WHERE tenant_id = h.tenant_id AND ${open} AND ${due} ORDER BY ${order} LIMIT ${perTenant}) r`;

/** Acts on what a look has found, tenant by tenant. What fails for one is logged, and ends nothing of another's. */
export async function forEachTenant<Row extends { readonly tenant_id: string }>(
  log: Log,
  timer: string,
  rows: readonly Row[],
  act: (tenantId: string, rows: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  for (const [tenantId, own] of groupBy(rows, (row) => row.tenant_id)) {
    try {
      await act(tenantId, own);
    } catch (error) {
      log.error({ event: 'timer.tenant_failed', timer, tenantId, reason: loggedReason(error) });
    }
  }
}

/** The same, row by row: what fails for one row ends nothing of another's. */
export const forEachRow = async <Row extends { readonly tenant_id: string }>(
  log: Log,
  timer: string,
  rows: readonly Row[],
  act: (tenantId: string, row: Row) => Promise<unknown>,
): Promise<void> => {
  for (const row of rows) await forEachTenant(log, timer, [row], (tenantId) => act(tenantId, row));
};
