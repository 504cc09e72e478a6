// Servers of a spec's own, to be stopped, killed and flushed; what to start is said by the environment (test.mjs).
import path from 'node:path';
import { startPostgres } from './postgres.mjs';
import { run } from './processes.mjs';
import { startRedis } from './redis.mjs';
import { serverUser, temporaryDirectory } from './server-user.mjs';

/**
 * Starts a PostgreSQL that no other spec uses. It survives a crash: `durable` is true unless told.
 * @param {Partial<import('./postgres.d.mts').PostgresOptions> & { copyOf?: string }} [options] `copyOf`: the data of a
 *   server that was stopped, whose `password` it has then
 */
export async function startOwnPostgres({ copyOf, ...options } = {}) {
  const user = process.env.TEST_POSTGRES_USER ?? '';
  const dataDir = path.join(temporaryDirectory('postgres', serverUser(user)), 'data');
  if (copyOf !== undefined) await copy(copyOf, dataDir);
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

// With owner and modes, which PostgreSQL insists on.
async function copy(from, to) {
  const { code, stderr } = await run({ command: 'cp', args: ['-a', from, to] });
  if (code !== 0) throw new Error(`${from} could not be copied:\n${stderr}`);
}
