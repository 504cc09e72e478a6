import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Database } from '@tenure/platform';
import { Tenant } from '@tenure/tenancy';
import type { PostgresServer } from '../../scripts/lib/postgres.mjs';
import { startOwnPostgres } from '../../scripts/lib/test-servers.mjs';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { connect } from '../support/platform.js';

const PASSWORD = 'app-password';

// A server of its own: roles are the whole cluster's, and other specs need theirs.
describe('the login of the processes', () => {
  let postgres: PostgresServer;
  let database: TestDatabase;

  beforeAll(async () => {
    postgres = await startOwnPostgres({ durable: false });
    database = await createTestDatabase({ ownerUrl: postgres.url, appPassword: PASSWORD });
    await database.query("CREATE ROLE stranger LOGIN PASSWORD 'app-password'");
    await database.query("CREATE ROLE exempt LOGIN BYPASSRLS PASSWORD 'app-password'");
    await database.query('GRANT tenure_app TO exempt');
  });
  afterAll(async () => {
    await database.drop();
    await postgres.stop();
  });
  beforeEach(async () => {
    await database.query(`ALTER ROLE tenure_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS PASSWORD '${PASSWORD}'`);
  });

  const as = (username: string): Promise<Database> =>
    connect({ ...database, appUrl: Object.assign(new URL(database.appUrl), { username }).href });
  const owner = (): Promise<Database> => connect({ ...database, appUrl: database.ownerUrl });

  it('may be tenure_app', async () => {
    await expectTenantsApart(await as('tenure_app'));
  });

  it.each<[string, () => Promise<Database>]>([
    ['a superuser', owner],
    ['a login that bypasses row-level security', () => as('exempt')],
  ])('may be %s, because it acts as tenure_app', async (_, open) => {
    const opened = await open();
    expect(await opened.dataSource.query('SELECT current_user::text AS name')).toEqual([{ name: 'tenure_app' }]);
    await expectTenantsApart(opened);
  });

  it.each(['SUPERUSER', 'BYPASSRLS'])('is refused at the start when tenure_app is %s', async (power) => {
    await database.query(`ALTER ROLE tenure_app ${power}`);
    await expect(as('tenure_app')).rejects.toThrow('The database role "tenure_app" bypasses row-level security.');
    await expect(owner()).rejects.toThrow('bypasses row-level security');
  });

  it.each(['tenure_search', 'tenure_system'])('is refused at the start when tenure_app inherits %s', async (role) => {
    await database.query(`ALTER ROLE tenure_app INHERIT; GRANT ${role} TO tenure_app WITH INHERIT TRUE`);
    await expect(as('tenure_app')).rejects.toThrow('bypasses row-level security');
    await database.query(`ALTER ROLE tenure_app NOINHERIT; GRANT ${role} TO tenure_app WITH INHERIT FALSE`);
    await (await as('tenure_app')).close();
  });

  it('is refused at the start when it may not act as tenure_app', async () => {
    await expect(as('stranger')).rejects.toThrow(/role "?tenure_app|set role/);
  });

  async function expectTenantsApart(opened: Database): Promise<void> {
    const [ours, theirs] = [newId(), newId()];
    for (const id of [ours, theirs])
      await opened.asSystem((tx) => tx.query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [id, 'A tenant']));
    const seen = await opened.transaction(ours, (tx) => tx.repository(Tenant).find());
    await opened.close();
    expect(seen.map(({ id }) => id)).toEqual([ours]);
  }
});
