/** The shard of an id: its random last bits, so that ids made together spread. */
export const shardOf = (id: string, shards: number): number => Number.parseInt(id.slice(-6), 16) % shards;
