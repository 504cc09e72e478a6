import { freePort } from '../../scripts/lib/ports.mjs';
import type { TestDatabase } from './database.js';

type Addresses = Pick<TestDatabase, 'appUrl' | 'ownerUrl'>;

/** The environment of an api or a worker over these servers; 32 known bytes are the key. */
export const environmentOf = (database: Addresses, redisUrl: string) => ({
  HOST: '127.0.0.1',
  WORKER_PORT: '0',
  DATABASE_URL: database.appUrl,
  DATABASE_OWNER_URL: database.ownerUrl,
  DATABASE_POOL: '12',
  REDIS_URL: redisUrl,
  TENURE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  OUTBOUND_ALLOW: '127.0.0.0/8,::1/128',
  LOG_LEVEL: 'info',
  SWEEP_MS: '100',
});

/** The same for an api on a free port, which is in its addresses. */
export async function apiEnvironmentOf(database: Addresses, redisUrl: string) {
  const port = await freePort();
  return { ...environmentOf(database, redisUrl), PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` };
}
