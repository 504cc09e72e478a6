import type { Redis } from 'ioredis';
import type { Log } from './logging.js';
import { connectRedis } from './redis.js';

/** Longer than this (ms) nobody waits for Redis: it is as good as away. */
const ANSWER_WITHIN_MS = 500;

type Command = (key: string, ...args: readonly string[]) => Promise<unknown>;

/** One Lua script over one key, for what all processes share. Redis may be away at any time. */
export class RedisScript {
  private readonly redis: Redis;
  private readonly command: Command;
  private wasReady = false;

  constructor(redisUrl: string, log: Log, source: string) {
    this.redis = connectRedis(redisUrl, log);
    this.redis.defineCommand('shared', { numberOfKeys: 1, lua: source });
    this.redis.once('ready', () => (this.wasReady = true));
    this.command = (this.redis as unknown as { shared: Command }).shared.bind(this.redis);
  }

  /** What the script gives; null when Redis did not answer. Then it may have run all the same, or run later. */
  async run(key: string, argument: string): Promise<unknown> {
    // A process that has just begun waits for its first connection; one that has lost it does not wait for the next.
    if (this.wasReady && this.redis.status !== 'ready') return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, ANSWER_WITHIN_MS, null);
    });
    try {
      return await Promise.race([this.command(key, argument).catch(() => null), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.redis.disconnect();
  }
}
