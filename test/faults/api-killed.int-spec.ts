import { scenario } from './scenario.js';

scenario('the api killed between commit and hint', { workers: 1 }, async ({ world, company, story, dice, fault }) => {
  await company.tellAll(story.joiners(dice.between(3, 6)));
  if (dice.chance(0.5)) {
    // Redis reads nothing: everything is committed, and every hint dies with the api and with Redis's sockets.
    await world.freezeRedis();
    await company.tellAll([...story.joiners(dice.between(2, 6)), ...story.changes(dice.between(2, 8))]);
    await world.api.kill();
    await world.redis.kill();
    fault('api and Redis killed');
    await world.redis.start();
    await world.api.start();
    return;
  }
  // At any moment of many requests at once. What was not answered is sent again, as an HR system does.
  const events = [...story.joiners(dice.between(4, 8)), ...story.changes(dice.between(6, 12))];
  const killAfter = dice.between(1, events.length);
  let answered = 0;
  const telling = events.map(async (event) => {
    await company.tell(event);
    answered += 1;
    if (answered !== killAfter) return;
    await world.api.kill();
    fault('api killed');
    await world.api.start();
  });
  await Promise.all(telling);
});
