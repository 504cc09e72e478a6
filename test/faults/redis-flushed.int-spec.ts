import { eventually } from './eventually.js';
import { scenario } from './scenario.js';

scenario('Redis FLUSHALL with work queued', { workers: 1 }, async ({ world, company, story, dice, fault }) => {
  const flush = async () => {
    await world.redis.flush();
    fault('flush');
  };
  // Between commit and recompute: nobody has looked at the hints when they are gone.
  if (dice.chance(0.5)) await world.worker.kill();
  else world.worker.freeze();
  await company.tellAll(story.joiners(dice.between(6, 12)));
  await company.tellAll(story.changes(dice.between(0, 4)));
  await flush();
  world.worker.thaw();
  await world.worker.start();
  // With slices queued and running: the app is slow, so that there are some.
  await world.app.inject({ kind: 'delay', ms: 40 });
  for (let round = dice.between(1, 3); round > 0; round -= 1) {
    const before = (await world.app.received()).length;
    await company.tellAll([...story.joiners(dice.between(2, 5)), ...story.changes(dice.between(2, 6))]);
    await eventually(
      'the app is being worked on',
      async () => (await world.app.received()).length > before || undefined,
    );
    await flush();
  }
});
