import type { PostgresOptions, PostgresServer } from './postgres.mjs';
import type { RedisOptions, RedisServer } from './redis.mjs';

/** Starts a PostgreSQL that no other spec uses; durable unless told, so that it survives `kill()`. */
export function startOwnPostgres(
  /** `copyOf`: the data of a server that was stopped, whose `password` it has then. */
  options?: Partial<PostgresOptions> & { readonly copyOf?: string },
): Promise<PostgresServer>;
/** Starts a Redis that no other spec uses; needs TEST_REDIS_BIN. Durable unless told. */
export function startOwnRedis(options?: Partial<RedisOptions>): Promise<RedisServer>;
