import { expect } from '@jest/globals';
import { eventually } from './eventually.js';
import { writes } from './laws.js';
import { scenario, type Stage } from './scenario.js';

/** All workers at the same few accounts, whose app is slow. */
async function crowd({ world, company, story, dice, fault }: Stage): Promise<void> {
  await world.app.inject({ kind: 'delay', ms: dice.between(5, 30) });
  const updates = story.changes(dice.between(15, 30));
  await company.tellAll(updates, 6);
  fault('update', updates.length);
  await company.settled();
  await world.app.clearFaults();
}

/** What is told while nobody works is one change when somebody does. */
async function collapse({ world, company, story, fault }: Stage): Promise<void> {
  const joiner = story.join();
  const { employeeNumber } = joiner.employee;
  await company.tell(joiner);
  await company.settled();
  const updates = async () => writes(await world.app.received(), 'PATCH', /^\/Users\//).length;
  const before = await updates();
  for (const worker of world.workers) worker.freeze();
  await company.tellAll(Array.from({ length: 10 }, () => story.retitle(employeeNumber)));
  for (const worker of world.workers) worker.thaw();
  fault('collapsed update', 10);
  await company.settled();
  expect((await updates()) - before).toBe(1);
}

/** A worker sleeps in the middle of an update for longer than its lease; when it wakes up, others have done a newer one. */
async function oversleep({ world, company, story, dice, fault }: Stage): Promise<void> {
  const [sleeper, ...others] = dice.shuffled(world.workers);
  if (!sleeper) throw new Error('a worker is needed');
  const joiner = story.join();
  await company.tell(joiner);
  await company.settled();
  await Promise.all(others.map((other) => other.kill()));
  // The update is lost, so the next try looks first; its answer comes while the worker sleeps.
  await world.app.inject(
    { kind: 'drop', when: 'before', method: 'PATCH', path: '^/Users/', times: 1 },
    { kind: 'delay', when: 'after', method: 'GET', path: '^/Users/', times: 1, ms: 700 },
  );
  await company.tell(story.retitle(joiner.employee.employeeNumber));
  await eventually('the worker looks', async () => {
    const log = await world.app.received();
    return log.some(({ fault: struck }) => struck === 'delay after') || undefined;
  });
  sleeper.freeze();
  await company.tell(story.retitle(joiner.employee.employeeNumber));
  await Promise.all(others.map((other) => other.start()));
  await company.settled();
  sleeper.thaw();
  fault('worker asleep');
  // Stopped, so that all that it still had to do is done.
  await sleeper.stop();
}

scenario('several workers on one account', { workers: 2, settleMs: 200 }, async (stage) => {
  const { company, story, dice } = stage;
  await company.tellAll(story.joiners(dice.between(1, 3)));
  await crowd(stage);
  if (dice.chance(0.5)) await collapse(stage);
  else await oversleep(stage);
});
