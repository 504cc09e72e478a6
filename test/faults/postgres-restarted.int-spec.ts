import { expect } from '@jest/globals';
import { eventually } from './eventually.js';
import { scenario } from './scenario.js';

scenario('PostgreSQL restarted under load', { workers: 2 }, async ({ world, company, story, dice, fault }) => {
  const pids = () => [world.api, ...world.workers].map(({ pid }) => pid);
  const before = pids();
  await company.tellAll(story.joiners(dice.between(3, 6)));
  await world.app.inject({ kind: 'delay', ms: 20 });
  for (let round = dice.between(1, 2); round > 0; round -= 1) {
    const events = [...story.joiners(dice.between(3, 8)), ...story.changes(dice.between(8, 16))];
    const breakAfter = dice.between(1, Math.floor(events.length / 2));
    const crash = dice.chance(0.5);
    let answered = 0;
    const restart = async () => {
      if (crash) await world.postgres.kill();
      else await world.postgres.stop();
      fault(crash ? 'PostgreSQL killed' : 'PostgreSQL stopped');
      await world.postgres.start();
    };
    let restarted: Promise<void> | undefined;
    const left = [...events];
    const sender = async () => {
      for (let event = left.shift(); event; event = left.shift()) {
        await company.tell(event);
        answered += 1;
        if (answered >= breakAfter) restarted ??= restart();
      }
    };
    await Promise.all(Array.from({ length: 6 }, sender));
    await restarted;
  }
  await eventually('the api and the workers are ready again', async () => {
    const ready = await Promise.all([world.api, ...world.workers].map((program) => program.isReady()));
    return ready.every(Boolean) || undefined;
  });
  expect(pids()).toEqual(before);
});
