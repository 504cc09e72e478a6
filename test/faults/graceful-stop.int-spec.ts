import { expect } from '@jest/globals';
import { eventually } from './eventually.js';
import { writes } from './laws.js';
import { scenario } from './scenario.js';

scenario(
  'a busy worker asked to stop with SIGTERM',
  { workers: 2, timeoutMs: 15_000, leaseMs: 20_000 },
  async ({ world, company, story, dice, fault }) => {
    await world.app.inject({ kind: 'delay', ms: dice.between(50, 200), when: dice.pick(['before', 'after']) });
    const joiners = story.joiners(dice.between(20, 40));
    await company.tellAll(joiners);
    const creates = async () => writes(await world.app.received(), 'POST', /^\/Users$/).length;
    const stopAt = dice.between(1, joiners.length / 2);
    await eventually('the workers are busy', async () => (await creates()) >= stopAt || undefined);
    const { signal } = await dice.pick(world.workers).stop();
    fault('SIGTERM');
    expect(signal).not.toBe('SIGKILL');
    await company.settled();
    // Nothing was left half done: no outcome is unknown, nothing had to be looked up, nothing was sent twice.
    expect(await company.doings()).toEqual(['create succeeded']);
    expect(await creates()).toBe(joiners.length);
  },
);
