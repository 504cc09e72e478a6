import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from '@tenure/platform';
import { MIGRATIONS } from '@tenure/schema';
import { sharedServer, type DatabaseServer } from './shared-server.js';

/** A migrated, empty database of one spec. */
export interface TestDatabase {
  readonly name: string;
  /** The superuser's address: for migrations, and for looking past row-level security. */
  readonly ownerUrl: string;
  /** The address of `tenure_app`, whom row-level security binds. */
  readonly appUrl: string;
  /** Runs one statement as the superuser. */
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Runs `work` while another connection holds the locks of a statement. */
  locked(sql: string, params: readonly unknown[], work: () => Promise<void>): Promise<void>;
  drop(): Promise<void>;
}

const LIBS = fileURLToPath(new URL('../../libs/', import.meta.url));

/** Makes the applications' login in a server of a spec's own, before anything is migrated there. */
export async function createLogin(ownerUrl: string, appPassword = 'app-password'): Promise<DatabaseServer> {
  await asSuperuser(ownerUrl, (client) =>
    client.query(`CREATE ROLE tenure_app LOGIN NOINHERIT PASSWORD ${pg.escapeLiteral(appPassword)}`),
  );
  return { ownerUrl, appPassword };
}

/** A migrated database: a copy of the run's template, which costs 30 ms instead of all migrations. */
export async function createTestDatabase(server = sharedServer()): Promise<TestDatabase> {
  const template = `tenure_template_${digestOfMigrations()}`;
  await asSuperuser(server.ownerUrl, (client) => ensureTemplate(client, server, template));
  return createDatabase(server, template);
}

/** A database without a single table: for the specs of the migrations. */
export const createEmptyDatabase = (server = sharedServer()): Promise<TestDatabase> => createDatabase(server);

async function createDatabase(server: DatabaseServer, template?: string): Promise<TestDatabase> {
  const name = `tenure_test_${randomBytes(6).toString('hex')}`;
  const from = template === undefined ? '' : ` TEMPLATE ${template}`;
  await asSuperuser(server.ownerUrl, (client) => client.query(`CREATE DATABASE ${name}${from}`));
  const ownerUrl = addressOf(server.ownerUrl, name);
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 4 });
  // The drop ends whatever is still connected.
  pool.on('error', () => undefined);
  return {
    name,
    ownerUrl,
    appUrl: addressOf(server.ownerUrl, name, { username: 'tenure_app', password: server.appPassword }),
    query: async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...params])).rows,
    locked: async (sql, params, work) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(sql, [...params]);
        await work();
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    },
    drop: async () => {
      await pool.end();
      await asSuperuser(server.ownerUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

/** One of the jest workers makes the template; the others wait for it. */
async function ensureTemplate(client: pg.Client, server: DatabaseServer, name: string): Promise<void> {
  await client.query("SELECT pg_advisory_lock(hashtext('tenure:test-template'))");
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rowCount !== 0) return;
  const unfinished = `${name}_unfinished`;
  await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${unfinished}`);
  await migrate(addressOf(server.ownerUrl, unfinished), MIGRATIONS);
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
}

/** Migrations that changed make another template. */
function digestOfMigrations(): string {
  const digest = createHash('sha256').update(readFileSync(`${LIBS}platform/src/tenant-table.ts`));
  const files = readdirSync(LIBS, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\/migrations\/.*\.ts$/.test(file),
  );
  for (const file of files.sort()) digest.update(file).update(readFileSync(`${LIBS}${file}`));
  return digest.digest('hex').slice(0, 16);
}

function addressOf(serverUrl: string, database: string, login?: { username: string; password: string }): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return Object.assign(url, login).href;
}

/** One connection, closed (and its locks with it) when the work is done. */
async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
