import type { Database } from './database.js';

/** A filter already compiled to SQL over the table's columns; its parameters begin at `$2`. */
export interface CompiledFilter {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export interface SearchRequest {
  readonly table: string;
  readonly columns: string;
  readonly filter: CompiledFilter;
  /** The id of the last row of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** The one door for arbitrary filters: runs under the search role, and always with the tenant first. Ordered by id. */
export function search<Row extends object>(
  database: Database,
  tenantId: string,
  request: SearchRequest,
): Promise<Row[]> {
  const params: unknown[] = [tenantId, ...request.filter.params];
  const after = request.after === undefined ? '' : ` AND id > $${params.push(request.after)}`;
  const sql =
    `SELECT ${request.columns} FROM ${request.table} WHERE tenant_id = $1 AND (${request.filter.sql})${after}` +
    ` ORDER BY id LIMIT $${params.push(request.limit)}`;
  return database.asSearch(tenantId, (tx) => tx.query<Row>(sql, params));
}
