import { Redis } from 'ioredis';
import type { Log } from './logging.js';

const SILENT_AFTER_MS = 5_000;

/** A connection for BullMQ (which wants `maxRetriesPerRequest: null`); it reconnects for ever. */
export function connectRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    // Redis answers in milliseconds; a blocking call of BullMQ ends after a second. What is silent for longer is thrown away.
    socketTimeout: SILENT_AFTER_MS,
    connectTimeout: SILENT_AFTER_MS,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  });
  let reported = false;
  redis.on('error', (error: Error) => {
    if (!reported) log.warn({ event: 'redis.unreachable', reason: error.message });
    reported = true;
  });
  redis.on('ready', () => {
    if (reported) log.info({ event: 'redis.reachable_again' });
    reported = false;
  });
  return redis;
}
