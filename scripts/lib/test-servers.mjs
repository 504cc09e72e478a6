// Servers of a spec's own, to be stopped, killed and flushed; what to start is said by the environment (test.mjs).
import path from 'node:path';
import { startPostgres } from './postgres.mjs';
import { startRedis } from './redis.mjs';
import { serverUser, temporaryDirectory } from './server-user.mjs';

/**
 * Starts a PostgreSQL that no other spec uses. It survives a crash: `durable` is true unless told.
 * @param {Partial<import('./postgres.d.mts').PostgresOptions>} [options]
 */
export function startOwnPostgres(options = {}) {
  const user = process.env.TEST_POSTGRES_USER ?? '';
  const dataDir = path.join(temporaryDirectory('postgres', serverUser(user)), 'data');
  return startPostgres({ binDir: process.env.TEST_POSTGRES_BIN, user, dataDir, ...options });
}

/**
 * Starts a Redis that no other spec uses. It keeps its data over a restart: `durable` is true unless told.
 * @param {Partial<import('./redis.d.mts').RedisOptions>} [options]
 */
export function startOwnRedis(options = {}) {
  const dataDir = path.join(temporaryDirectory('redis'), 'data');
  const { TEST_REDIS_BIN: command, TEST_REDIS_LD_LIBRARY_PATH: libraryPath } = process.env;
  return startRedis({ command, libraryPath, dataDir, ...options });
}
