import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newId, search, type Database } from '@tenure/platform';
import type { TestDatabase } from '../../support/database.js';
import { connect } from '../../support/platform.js';
import { insertOf, rowFor, type Table } from './tenant-rows.js';

const REFUSED = { code: '42501' };
const [OURS, THEIRS] = [newId(), newId()];

/** What the application's login can do, as tenant `OURS` unless told. */
class AppLogin {
  private constructor(private readonly client: pg.Client) {}

  static async open(database: TestDatabase): Promise<AppLogin> {
    const client = new pg.Client({ connectionString: database.appUrl });
    await client.connect();
    return new AppLogin(client);
  }

  /** One statement in a transaction that is taken back. Gives the number of rows, or throws. */
  async count(text: string, values: readonly unknown[] = [], tenantId = OURS): Promise<number> {
    await this.client.query(`BEGIN; SELECT set_config('app.tenant_id', '${tenantId}', true)`);
    try {
      return (await this.client.query(text, [...values])).rowCount ?? 0;
    } finally {
      await this.client.query('ROLLBACK');
    }
  }

  /** One statement outside every transaction. */
  async bare(text: string): Promise<number> {
    return (await this.client.query(text)).rowCount ?? 0;
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

/** What must hold for each table of a migrated database: one tenant never sees, makes, changes or removes another's rows. */
export function describeTenancy(database: TestDatabase, tables: readonly Table[]): void {
  const ofTenants = tables.filter(({ tenantColumn, isPartition }) => tenantColumn !== null && !isPartition);
  let app: AppLogin;
  let doors: Database;

  beforeAll(async () => {
    app = await AppLogin.open(database);
    doors = await connect(database);
    for (const table of ofTenants) {
      for (const tenantId of [OURS, THEIRS]) {
        const { text, values } = insertOf(table, await rowFor(database, table, tenantId));
        await asReplica(database, text, values);
      }
    }
  });
  afterAll(async () => {
    await app.close();
    await doors.close();
  });

  describe.each(ofTenants)('the rows of another tenant in $name', (table) => {
    const column = table.tenantColumn ?? '';
    const theirs = `${column} = '${THEIRS}'`;

    it('can be crossed by nobody: not read, not written for, not changed, not removed', async () => {
      expect(await app.count(`SELECT FROM ${table.name}`)).toBe(1);
      expect(await app.count(`SELECT FROM ${table.name} WHERE ${theirs}`)).toBe(0);

      const { text, values } = insertOf(table, await rowFor(database, table, THEIRS));
      await expect(app.count(text, values)).rejects.toMatchObject(REFUSED);

      const may = await rightsOf(database, table);
      const change = `UPDATE ${table.name} SET ${column} = ${column}`;
      if (may.update) {
        expect(await app.count(change)).toBe(1);
        expect(await app.count(`${change} WHERE ${theirs}`)).toBe(0);
        await expect(app.count(`UPDATE ${table.name} SET ${column} = '${THEIRS}'`)).rejects.toMatchObject(REFUSED);
      } else {
        await expect(app.count(change)).rejects.toMatchObject(REFUSED);
      }

      const removal = `DELETE FROM ${table.name} WHERE ${theirs}`;
      if (may.delete) expect(await app.count(removal)).toBe(0);
      else await expect(app.count(removal)).rejects.toMatchObject(REFUSED);
      await expect(app.count(`TRUNCATE ${table.name} CASCADE`)).rejects.toMatchObject(REFUSED);
    });

    it('and one’s own are not there outside a transaction, neither before nor after one on the same connection', async () => {
      const fresh = await AppLogin.open(database);
      expect(await fresh.bare(`SELECT FROM ${table.name}`)).toBe(0);
      expect(await fresh.count(`SELECT FROM ${table.name}`)).toBe(1);
      expect(await fresh.bare("SELECT 1 WHERE current_setting('app.tenant_id', true) = ''")).toBe(1);
      expect(await fresh.bare(`SELECT FROM ${table.name}`)).toBe(0);
      await fresh.close();
    });

    it('stand behind forced row-level security', async () => {
      expect(
        await database.query(`SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = $1::regclass`, [
          table.name,
        ]),
      ).toEqual([{ relrowsecurity: true, relforcerowsecurity: true }]);
    });
  });

  describe.each(ofTenants.filter(({ searchable, hasId }) => searchable && hasId))(
    'a search in $name',
    ({ name, tenantColumn }) => {
      const asked = (sql: string): Promise<{ tenant: string }[]> =>
        search(doors, OURS, {
          table: name,
          columns: `${tenantColumn ?? ''} AS tenant`,
          filter: { sql, params: [] },
          limit: 10,
        });

      it.each([
        ['everything', 'true'],
        ['an alternative that always holds', 'false OR tenant_id IS NOT NULL'],
        ['the other tenant by name', `tenant_id = '${THEIRS}' OR true`],
      ])('puts the tenant first where the filter is %s', async (_, sql) => {
        expect(await asked(sql)).toEqual([{ tenant: OURS }]);
      });

      it('writes nothing', async () => {
        const writing = doors.asSearch(OURS, (tx) => tx.query(`DELETE FROM ${name}`));
        await expect(writing).rejects.toThrow(/permission denied|read-only/);
      });
    },
  );

  it('no table that a search does not need is open to it', async () => {
    const open = await database.query<{ name: string }>(
      `SELECT DISTINCT table_name AS name FROM information_schema.role_table_grants WHERE grantee = 'tenure_search' ORDER BY 1`,
    );
    expect(open.map(({ name }) => name)).toEqual(
      ofTenants.filter(({ searchable }) => searchable).map(({ name }) => name),
    );
  });

  it.each(tables.filter(({ isPartition }) => isPartition))(
    'nobody has a right on the partition $name',
    async ({ name }) => {
      expect(await database.query(GRANTS_TO_US, [name])).toEqual([]);
      await expect(app.count(`SELECT FROM ${name}`)).rejects.toMatchObject(REFUSED);
    },
  );

  it.each(tables.filter(({ tenantColumn }) => tenantColumn === null))(
    'the application has no right on $name, whose rows belong to no tenant',
    async ({ name }) => {
      for (const statement of [`SELECT FROM ${name}`, `DELETE FROM ${name}`])
        await expect(app.count(statement)).rejects.toMatchObject(REFUSED);
    },
  );

  it('the application may become the search and the system role, and inherits neither', async () => {
    const roles = ['tenure_search', 'tenure_system'].map(
      (role) => `pg_has_role('tenure_app', '${role}', 'MEMBER') AND NOT pg_has_role('tenure_app', '${role}', 'USAGE')`,
    );
    expect(await database.query(`SELECT ${roles.join(' AND ')} AS ok`)).toEqual([{ ok: true }]);
    expect(
      await database.query(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'tenure\\_%' AND (rolsuper OR rolbypassrls OR rolinherit OR rolcreaterole OR rolcreatedb) AND rolname IN ('tenure_app', 'tenure_search', 'tenure_system')",
      ),
    ).toEqual([]);
  });
}

const GRANTS_TO_US =
  "SELECT grantee FROM information_schema.role_table_grants WHERE table_name = $1 AND (grantee LIKE 'tenure%' OR grantee = 'PUBLIC')";

/** Whether the application may change or remove rows of a table at all. */
async function rightsOf(database: TestDatabase, { name }: Table): Promise<{ update: boolean; delete: boolean }> {
  const [rights] = await database.query<{ update: boolean; delete: boolean }>(
    `SELECT has_table_privilege('tenure_app', $1, 'UPDATE') AS update, has_table_privilege('tenure_app', $1, 'DELETE') AS delete`,
    [name],
  );
  return rights ?? { update: false, delete: false };
}

/** Rows whose neighbours do not exist: foreign keys are not looked at. */
async function asReplica(database: TestDatabase, text: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: database.ownerUrl, options: '-c session_replication_role=replica' });
  await client.connect();
  await client.query(text, values);
  await client.end();
}
