// The two servers that the applications need, embedded or the user's own, and how the applications reach them.
import path from 'node:path';
import { embeddedPostgres, postgresDataDirectory } from './postgres-files.mjs';
import { databaseUrl, query, startPostgres } from './postgres.mjs';
import { redisProgram } from './redis-program.mjs';
import { startRedis } from './redis.mjs';
import { serverUserName } from './server-user.mjs';

const APP_ROLE = 'tenure_app';
const DATABASE = 'tenure';

/**
 * Starts PostgreSQL and Redis, each unless DATABASE_URL or REDIS_URL names one.
 * @param {{ root: string, dataDir: string, secrets: ReturnType<import('./private-files.mjs').secretsOf>,
 *   log: (line: string) => void, onPart?: (part: { stop(): Promise<void> }) => void,
 *   onCrash?: (service: import('./processes.mjs').Service) => void }} options
 */
export async function startBackends(options) {
  const postgres = process.env.DATABASE_URL ? undefined : await startDatabase(options);
  if (postgres !== undefined) options.onPart?.(postgres);
  const redis = process.env.REDIS_URL ? undefined : await startQueue(options);
  if (redis !== undefined) options.onPart?.(redis);
  return {
    postgres,
    redis,
    isNew: postgres?.isNew ?? false,
    env: {
      ...(postgres === undefined ? ownersOfExternal(process.env) : addressesOf(postgres, options.secrets)),
      REDIS_URL: redis?.url ?? process.env.REDIS_URL,
    },
  };
}

/**
 * Makes the login role of the applications, which row-level security binds, or renews its password.
 * @param {string} superuserUrl
 * @param {string} password
 */
export async function ensureAppRole(superuserUrl, password) {
  await query(
    superuserUrl,
    `do $$ begin create role ${APP_ROLE}; exception when duplicate_object or unique_violation then null; end $$`,
    `alter role ${APP_ROLE} with login noinherit nosuperuser nobypassrls password '${password}'`,
  );
}

async function startDatabase({ root, dataDir, secrets, log, onCrash }) {
  log('Starting PostgreSQL …');
  const user = serverUserName();
  const server = await startPostgres({
    binDir: embeddedPostgres({ root, user }),
    dataDir: postgresDataDirectory({ root, dataDir, user }),
    user,
    password: secrets.postgres,
    logFile: path.join(dataDir, 'logs', 'postgres.log'),
    onCrash,
  });
  await ensureAppRole(server.url, secrets.app);
  const present = await query(server.url, `select from pg_database where datname = '${DATABASE}'`);
  if (present.length === 0) await query(server.url, `create database ${DATABASE}`);
  return { ...server, isNew: present.length === 0 };
}

async function startQueue({ root, dataDir, secrets, log, onCrash }) {
  const program = await redisProgram({ root, log });
  log('Starting Redis …');
  return startRedis({
    ...program,
    dataDir: path.join(dataDir, 'redis-data'),
    password: secrets.redis,
    logFile: path.join(dataDir, 'logs', 'redis.log'),
    onCrash,
  });
}

function addressesOf({ port, password }, secrets) {
  return {
    DATABASE_URL: databaseUrl({ user: APP_ROLE, password: secrets.app, port, database: DATABASE }),
    DATABASE_OWNER_URL: databaseUrl({ user: 'postgres', password, port, database: DATABASE }),
  };
}

function ownersOfExternal({ DATABASE_URL, DATABASE_OWNER_URL }) {
  return { DATABASE_URL, DATABASE_OWNER_URL: DATABASE_OWNER_URL || DATABASE_URL };
}
