import { describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { shardOf } from './shard-of.js';

describe('shardOf', () => {
  it.each([
    ['01939d1e-0000-7000-8000-000000000000', 4, 0],
    ['01939d1e-0000-7000-8000-000000000007', 4, 3],
    ['01939d1e-0000-7000-8000-0000000000ff', 16, 15],
    ['01939d1e-0000-7000-8000-ffffffffffff', 1, 0],
  ])('%s among %d shards is in shard %d', (id, shards, shard) => {
    expect(shardOf(id, shards)).toBe(shard);
  });

  it.each([1, 2, 3, 4, 7, 16])('spreads ids that were made together evenly over %d shards', (shards) => {
    const counts = Array.from({ length: shards }, () => 0);
    const ids = 20_000;
    for (let made = 0; made < ids; made++) counts[shardOf(newId(), shards)]! += 1;
    // Six standard deviations of a fair spread: fails once in a billion runs.
    const fair = ids / shards;
    const tolerance = 6 * Math.sqrt(fair) + 1;
    for (const count of counts) expect(Math.abs(count - fair)).toBeLessThan(tolerance);
  });
});
