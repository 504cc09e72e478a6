import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { PostgresServer } from '../../scripts/lib/postgres.mjs';
import { run } from '../../scripts/lib/processes.mjs';
import { startOwnPostgres } from '../../scripts/lib/test-servers.mjs';
import { environmentOf } from '../support/configuration.js';
import { sharedServer } from '../support/shared-server.js';
import { DIST } from './program.js';

/** A PostgreSQL of a spec's own with a migrated database: a copy of the run's first one, which every spec would make alike. */
export async function startMigratedPostgres(env?: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const { TEST_MIGRATED_DATA: data } = process.env;
  if (!data) throw new Error('These specs need servers: run them with "npm test".');
  const { ownerUrl, appPassword: password } = sharedServer();
  const shared = new pg.Client({ connectionString: ownerUrl });
  await shared.connect();
  try {
    // One of the jest workers makes it; the others wait.
    await shared.query("SELECT pg_advisory_lock(hashtext('tenure:migrated-data'))");
    if (!existsSync(data)) await make(data, password);
  } finally {
    await shared.end();
  }
  return startOwnPostgres({ copyOf: data, password, ...(env && { env }) });
}

async function make(data: string, password: string): Promise<void> {
  const dataDir = `${data}.unfinished`;
  rmSync(dataDir, { recursive: true, force: true });
  const postgres = await startOwnPostgres({ dataDir, password, durable: false });
  try {
    const [addresses, redisUrl] = [{ appUrl: postgres.url, ownerUrl: postgres.url }, process.env.TEST_REDIS_URL ?? ''];
    const args = [path.join(DIST, 'apps', 'api/src/migrate.js')];
    const migrated = await run({ command: process.execPath, args, env: environmentOf(addresses, redisUrl) });
    if (migrated.code !== 0) throw new Error(`The migrations failed:\n${migrated.stdout}${migrated.stderr}`);
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(`ALTER ROLE tenure_app LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    await client.end();
  } finally {
    await postgres.stop();
  }
  renameSync(dataDir, data);
}
