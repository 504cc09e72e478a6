import { scenario } from './scenario.js';

scenario(
  'several workers on one account',
  { workers: 3, settleMs: 200 },
  async ({ world, company, story, dice, fault }) => {
    await company.tellAll(story.joiners(dice.between(1, 3)));
    await company.settled();
    await world.app.inject({ kind: 'delay', ms: dice.between(5, 60) });
    const sleeper = dice.pick(world.workers);
    const until = dice.between(15, 30);
    for (let round = 0; round < until; round += 5) {
      await company.tellAll(story.changes(5), 5);
      if (round === 5) sleeper.freeze();
    }
    fault('update', until);
    // Longer asleep than its lease lasts: whatever it held belongs to others by now.
    await company.settled();
    await company.tellAll(story.changes(2));
    sleeper.thaw();
    fault('worker frozen');
    await company.settled();
  },
);
