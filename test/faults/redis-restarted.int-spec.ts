import { expect } from '@jest/globals';
import { scenario } from './scenario.js';

/** A write must never wait for Redis. Half of them are answered so soon: a hiccup of the machine meets one, waiting all. */
const HALF_WITHIN_MS = 1_000;

scenario('Redis stopped and started under load', { workers: 1 }, async ({ world, company, story, dice, fault }) => {
  await company.tellAll(story.joiners(dice.between(4, 8)));
  const running = company.tellAll(story.changes(dice.between(5, 10)), 2);
  if (dice.chance(0.5)) await world.redis.stop();
  else await world.redis.kill();
  fault('redis stopped');
  const meanwhile = await company.tellAll([
    ...story.joiners(dice.between(3, 8)),
    ...story.changes(dice.between(4, 10)),
  ]);
  expect(meanwhile.map(({ status }) => status)).toEqual(meanwhile.map(() => 202));
  const times = meanwhile.map(({ ms }) => ms).sort((a, b) => a - b);
  expect(times[Math.floor(times.length / 2)]).toBeLessThan(HALF_WITHIN_MS);
  await world.redis.start();
  if (dice.chance(0.5)) {
    await world.redis.flush();
    fault('flush');
  }
  await running;
  await company.tellAll(story.changes(dice.between(0, 4)));
});
