import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Company } from './company.js';
import { Dice } from './dice.js';
import { World } from './world.js';

const WORLD_TIMEOUT_MS = 120_000;
const TIMES = { timeoutMs: 1_000, settleMs: 300 };

interface Source {
  readonly id: string;
  readonly name: string;
  readonly webhookSecret: string;
}

describe('D10: writes with an Idempotency-Key while the api is killed', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ workers: 0 });
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop(), WORLD_TIMEOUT_MS);

  it.each([1, 2, 3, 4, 5])('happen once, and the key is answered with what happened (seed %i)', async (seed) => {
    const dice = new Dice(seed);
    const company = await Company.found(world, `writes ${seed}`, TIMES);
    const names = Array.from({ length: 16 }, (_, number) => `${seed}-${number}`);
    const kept = (): Promise<{ id: string; name: string }[]> =>
      world.rows('SELECT id, name FROM sources WHERE name = ANY ($1) ORDER BY name', names);
    const answered = names.map((name) => company.call<Source>('POST', 'sources', { kind: 'hrms', name }));
    // As soon as so many are committed: of some the answer is still to be sent.
    const killAfter = dice.between(1, names.length - 1);
    while ((await kept()).length < killAfter);
    await world.api.kill();
    await world.api.start();
    const sources = await Promise.all(answered);
    const told = sources.map(({ id, name }) => ({ id, name })).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(await kept()).toEqual(told);
    // The secret is shown once, with this answer.
    expect(new Set(sources.map(({ webhookSecret }) => webhookSecret)).size).toBe(names.length);
  });
});
