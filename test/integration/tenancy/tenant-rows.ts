import { randomBytes } from 'node:crypto';
import { newId } from '@tenure/platform';
import type { TestDatabase } from '../../support/database.js';

/** A table as PostgreSQL knows it; `tenantColumn` is absent where rows belong to no tenant. */
export interface Table {
  readonly name: string;
  readonly tenantColumn: string | null;
  readonly isPartition: boolean;
  readonly searchable: boolean;
  /** What `search()` orders by; a table of pairs has none, and is only read beside another. */
  readonly hasId: boolean;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly check: string | null;
}

/** Every table of the schema: a new one is tested from the migration on that makes it. */
export const tablesOf = (database: TestDatabase): Promise<Table[]> =>
  database.query<Table>(
    `SELECT c.relname AS name, c.relispartition AS "isPartition",
       CASE WHEN c.relname = 'tenants' THEN 'id'
         ELSE (SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id') END AS "tenantColumn",
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'tenure_search'::regrole = ANY (p.polroles)) AS searchable,
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'id') AS "hasId"
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`,
  );

/** A row of `tenantId` that satisfies the table's types and checks; what it refers to need not exist. */
export async function rowFor(
  database: TestDatabase,
  table: Table,
  tenantId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const columns = await database.query<Column>(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type,
       (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
        WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]) AS check
     FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND a.attnotnull AND NOT a.atthasdef`,
    [table.name],
  );
  return Object.fromEntries(
    columns.map((column) => [column.name, column.name === table.tenantColumn ? tenantId : valueFor(column)]),
  );
}

/** `INSERT` of such a row, with its parameters. */
export function insertOf(table: Table, row: Readonly<Record<string, unknown>>): { text: string; values: unknown[] } {
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  return {
    text: `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${places.join(', ')})`,
    values: Object.values(row),
  };
}

const VALUES: Readonly<Record<string, () => unknown>> = {
  uuid: newId,
  text: () => randomBytes(6).toString('hex'),
  jsonb: () => '{}',
  bytea: () => randomBytes(8),
  boolean: () => true,
  integer: () => 1,
  smallint: () => 1,
  bigint: () => 1,
  'timestamp with time zone': () => new Date(),
};

function valueFor({ name, type, check }: Column): unknown {
  const allowed = check === null ? null : /'([^']+)'/.exec(check);
  if (allowed) return allowed[1];
  const make = VALUES[type];
  if (!make) throw new Error(`Say in VALUES what a ${type} (${name}) may be.`);
  return make();
}
