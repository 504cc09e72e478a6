import { afterAll, describe, it } from '@jest/globals';
import { createEmptyDatabase, createTestDatabase } from '../support/database.js';
import type { DatabaseServer } from '../support/shared-server.js';
import { startOwnPostgres } from '../../scripts/lib/test-servers.mjs';
import { describeMigrations } from './migrations/migrations-contract.js';
import { describeTenancy } from './tenancy/tenancy-contract.js';
import { tablesOf } from './tenancy/tenant-rows.js';

const binDir = process.env.TEST_POSTGRES15_BIN;

if (binDir) {
  const postgres = await startOwnPostgres({ binDir, durable: false });
  const server: DatabaseServer = { ownerUrl: postgres.url, appPassword: 'app-password' };
  const database = await createTestDatabase(server);
  await database.query(`ALTER ROLE tenure_app LOGIN PASSWORD '${server.appPassword}'`);
  const tables = await tablesOf(database);
  afterAll(async () => {
    await database.drop();
    await postgres.stop();
  });

  describe('on PostgreSQL 15: migrations', () => describeMigrations(() => server));
  describe('on PostgreSQL 15: tenants', () => describeTenancy(database, tables));
} else {
  it.skip('PostgreSQL 15 is not here', () => createEmptyDatabase());
}
