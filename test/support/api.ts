import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createLog, Database, readConfig, type Log } from '@tenure/platform';
import { createApi } from '../../apps/api/src/create-api.js';
import { createWorker } from '../../apps/worker/src/create-worker.js';
import { Client } from './client.js';
import { apiEnvironmentOf, environmentOf } from './configuration.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { eventually } from './eventually.js';
import { emptyRedis } from './redis.js';
import type { DatabaseServer } from './shared-server.js';
import { createTenant, type TestTenant } from './tenant.js';

/** What the processes logged, line by line. */
export class LoggedLines {
  readonly lines: string[] = [];

  write(line: string): void {
    this.lines.push(line);
  }

  events(event: string): Record<string, unknown>[] {
    return this.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((entry) => entry.event === event);
  }
}

/** A tenant with clients that act for it. */
export interface ApiTenant extends TestTenant {
  /** Calls with the owner's key. */
  readonly api: Client;
  /** Calls with a key of that role. */
  as(role: Parameters<TestTenant['keyOf']>[0]): Promise<Client>;
}

/** The api in this process, over its own database and Redis; a worker beside it when asked for. */
export interface TestApi {
  readonly url: string;
  readonly database: TestDatabase;
  readonly redisUrl: string;
  readonly log: LoggedLines;
  /** Every route that answers, as `GET /path/{parameter}`. */
  readonly routes: readonly string[];
  /** Somebody without any key. */
  readonly anybody: Client;
  tenant(): Promise<ApiTenant>;
  /** Nothing that an earlier test left under way is sent any more: an app that tests share is this test's alone. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export interface TestApiOptions {
  readonly worker?: boolean;
  /** Another Redis than the jest worker's part of the shared one. */
  readonly redisUrl?: string;
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another PostgreSQL than the shared one. */
  readonly server?: DatabaseServer;
}

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const [database, redisUrl] = await Promise.all([
    createTestDatabase(options.server),
    options.redisUrl ?? emptyRedis(),
  ]);
  const log = new LoggedLines();
  const env = await apiEnvironmentOf(database, redisUrl);
  const app = await createApi(readConfig({ ...env, ...options.env }), createLog('api', 'info', log));
  await app.listen(env.PORT, env.HOST);
  const worker =
    options.worker === true ? await startTestWorker(database, redisUrl, createLog('worker', 'info', log)) : null;
  return {
    url: env.PUBLIC_URL,
    database,
    redisUrl,
    log,
    routes: routesOf(app),
    anybody: new Client(env.PUBLIC_URL),
    tenant: async () => clientsOf(env.PUBLIC_URL, await createTenant(app.get(Database))),
    quiet: () => stopTenants(database),
    close: async () => {
      await worker?.close();
      await app.close();
      await database.drop();
    },
  };
}

async function stopTenants(database: TestDatabase): Promise<void> {
  await database.query('UPDATE tenants SET stopped_at = clock_timestamp() WHERE stopped_at IS NULL');
  await eventually(
    () =>
      database.query(
        `SELECT FROM accounts WHERE lease_until > clock_timestamp()
         UNION ALL SELECT FROM entitlements WHERE lease_until > clock_timestamp()`,
      ),
    (leased) => leased.length === 0,
  );
}

/** A worker in this process. */
export const startTestWorker = (database: TestDatabase, redisUrl: string, log: Log): Promise<INestApplicationContext> =>
  createWorker(readConfig(environmentOf(database, redisUrl)), log);

/** What express was told, whoever told it. */
function routesOf(app: NestExpressApplication): string[] {
  const { router } = app.getHttpAdapter().getInstance() as { router: { stack: { route?: ExpressRoute }[] } };
  return router.stack.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {}).map(
      (method) => `${method.toUpperCase()} ${(route?.path ?? '').replace(/:(\w+)/g, '{$1}')}`,
    ),
  );
}

interface ExpressRoute {
  readonly path: string;
  readonly methods: Readonly<Record<string, boolean>>;
}

function clientsOf(url: string, tenant: TestTenant): ApiTenant {
  const withKey = (key: string): Client => new Client(url, { authorization: `Bearer ${key}` });
  return { ...tenant, api: withKey(tenant.apiKey), as: async (role) => withKey(await tenant.keyOf(role)) };
}
