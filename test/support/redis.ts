import { Redis } from 'ioredis';

/** An empty Redis database that no other jest worker uses: the queues' prefix is constant. */
export async function emptyRedis(): Promise<string> {
  const { TEST_REDIS_URL, JEST_WORKER_ID = '1' } = process.env;
  if (!TEST_REDIS_URL) throw new Error('These specs need servers: run them with "npm test".');
  const url = new URL(TEST_REDIS_URL);
  url.pathname = `/${Number(JEST_WORKER_ID) % 16}`;
  const redis = new Redis(url.href, { lazyConnect: true });
  await redis.connect();
  await redis.flushdb();
  redis.disconnect();
  return url.href;
}
