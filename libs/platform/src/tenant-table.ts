import type { QueryRunner } from 'typeorm';

export interface TenantTableOptions {
  /** What the application role may do; a ledger is `SELECT, INSERT`. */
  readonly app?: string;
  /** What the system role may do across tenants. */
  readonly system?: string;
  /** True where arbitrary filters may search the table. */
  readonly searchable?: boolean;
  /** The column that holds the tenant: `id` for the table of tenants itself. */
  readonly column?: 'tenant_id' | 'id';
}

/** Puts a table behind forced row-level security: the application role sees its tenant's rows, and no others. */
export async function protectTenantTable(
  q: QueryRunner,
  table: string,
  options: TenantTableOptions = {},
): Promise<void> {
  const own = `${options.column ?? 'tenant_id'} = nullif(current_setting('app.tenant_id', true), '')::uuid`;
  await q.query(`
    ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY of_tenant ON ${table} TO tenure_app USING (${own}) WITH CHECK (${own});
    CREATE POLICY of_system ON ${table} TO tenure_system USING (true) WITH CHECK (true);
    GRANT ${options.app ?? 'SELECT, INSERT, UPDATE, DELETE'} ON ${table} TO tenure_app;
    GRANT ${options.system ?? 'SELECT'} ON ${table} TO tenure_system;`);
  if (options.searchable === true) {
    await q.query(`
      CREATE POLICY of_search ON ${table} FOR SELECT TO tenure_search USING (true);
      GRANT SELECT ON ${table} TO tenure_search;`);
  }
}
