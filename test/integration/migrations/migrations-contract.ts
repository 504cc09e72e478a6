import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { migrate, unmigrate } from '@tenure/platform';
import { MIGRATIONS } from '@tenure/schema';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import type { DatabaseServer } from '../../support/shared-server.js';
import { differencesOf } from './entities-agree.js';

const NAMES = MIGRATIONS.map(({ name }) => name);

/** What must hold for the migrations on any supported server. */
export function describeMigrations(server: () => DatabaseServer): void {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase(server());
  });
  afterAll(() => database.drop());

  it('run once each when three migrators start at once', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => migrate(database.ownerUrl, MIGRATIONS)));
    expect(ran.map(({ length }) => length).sort((a, b) => a - b)).toEqual([0, 0, NAMES.length]);
    expect(ran.flat()).toEqual(NAMES);
    expect(await database.query('SELECT name FROM migrations ORDER BY id')).toEqual(NAMES.map((name) => ({ name })));
  });

  it('make the tables that the entities describe, and no others', async () => {
    expect(await differencesOf(database)).toEqual([]);
  });

  it('go down to nothing and up to the same again', async () => {
    const before = await everythingIn(database);
    await unmigrate(database.ownerUrl, MIGRATIONS);
    expect(await everythingIn(database)).toEqual(['table migrations']);
    await migrate(database.ownerUrl, MIGRATIONS);
    expect(await everythingIn(database)).toEqual(before);
  });

  it('change nothing when there is nothing to do', async () => {
    const before = await everythingIn(database);
    expect(await migrate(database.ownerUrl, MIGRATIONS)).toEqual([]);
    expect(await everythingIn(database)).toEqual(before);
  });

  it('of two databases of the cluster do not disturb each other, though they share the roles', async () => {
    const two = await Promise.all([createEmptyDatabase(server()), createEmptyDatabase(server())]);
    const ran = await Promise.all(two.map(({ ownerUrl }) => migrate(ownerUrl, MIGRATIONS)));
    expect(ran).toEqual([NAMES, NAMES]);
    await Promise.all(two.map((one) => one.drop()));
  });
}

/** Tables, columns, constraints, indexes, policies and rights in words; the order of columns is not told. */
async function everythingIn(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ line: string }>(`
    SELECT 'table ' || c.relname AS line FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    UNION ALL SELECT format('column %s.%s %s %s %s', table_name, column_name, udt_name, is_nullable, column_default)
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'
    UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 'migrations'::regclass
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
    UNION ALL SELECT format('policy %s %s %s %s %s %s', tablename, policyname, roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT format('right %s %s %s', table_name, grantee, privilege_type)
      FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee LIKE 'tenure%'
    UNION ALL SELECT format('right %s %s %s %s', table_name, column_name, grantee, privilege_type)
      FROM information_schema.column_privileges WHERE table_schema = 'public' AND grantee LIKE 'tenure%'
    ORDER BY 1`);
  return rows.map(({ line }) => line);
}
