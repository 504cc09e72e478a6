import { RedisScript, type Config, type Log } from '@tenure/platform';
import type { ScimClient } from './scim-clients.js';
import { ScimError } from '../protocol/scim-error.js';

/** Counts requests from the first one on, for a minute; how many, and for how long still. */
const COUNT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`;
const WINDOW_MS = 60_000;

/**
 * How often a token may ask, where its source has a limit: counted in Redis, over all processes. While Redis is away
 * nobody is refused: an identity provider that is turned away provisions nobody.
 */
export class RequestRates {
  private readonly script: RedisScript;

  constructor({ redisUrl }: Pick<Config, 'redisUrl'>, log: Log) {
    this.script = new RedisScript(redisUrl.reveal(), log, COUNT);
  }

  async take({ source, tokenId, requestsPerMinute }: ScimClient): Promise<void> {
    if (requestsPerMinute === null) return;
    const key = `tenure:{scim-rate}:${source.tenantId}:${tokenId ?? source.id}`;
    const counted = (await this.script.run(key, String(WINDOW_MS))) as [number, number] | null;
    if (counted === null || counted[0] <= requestsPerMinute) return;
    const seconds = Math.max(1, Math.ceil(counted[1] / 1_000));
    const words = `This token may ask ${requestsPerMinute} times in a minute; go on in ${seconds} seconds.`;
    throw new ScimError(429, words, undefined, { 'Retry-After': String(seconds) });
  }

  /** Nest calls it at the end. */
  onApplicationShutdown(): void {
    this.script.close();
  }
}
