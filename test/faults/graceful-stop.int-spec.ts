import { expect } from '@jest/globals';
import { eventually } from './eventually.js';
import { writes } from './laws.js';
import { scenario } from './scenario.js';

scenario('a busy worker asked to stop with SIGTERM', { workers: 2 }, async ({ world, company, story, dice, fault }) => {
  const [stopped, other] = dice.shuffled(world.workers);
  if (!stopped || !other) throw new Error('two workers are needed');
  await other.kill();
  await world.app.inject({ kind: 'delay', ms: dice.between(50, 200), when: dice.pick(['before', 'after']) });
  const joiners = story.joiners(dice.between(12, 24));
  await company.tellAll(joiners);
  const creates = async () => writes(await world.app.received(), 'POST', /^\/Users$/).length;
  const stopAt = dice.between(1, joiners.length / 2);
  await eventually('the worker is busy', async () => (await creates()) >= stopAt || undefined);
  const { signal } = await stopped.stop();
  fault('SIGTERM');
  expect(signal).not.toBe('SIGKILL');
  const { leases } = await company.behind();
  expect(leases).toBe(0);
  await other.start();
  await company.settled();
  expect(await creates()).toBe(joiners.length);
  expect(await company.outcomes()).toEqual(['succeeded']);
});
