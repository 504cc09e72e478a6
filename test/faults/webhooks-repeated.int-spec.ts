import { expect } from '@jest/globals';
import { scenario } from './scenario.js';

scenario(
  'the same webhook twice, and updates out of order',
  { workers: 1 },
  async ({ world, company, story, dice, fault }) => {
    const events = [...story.joiners(dice.between(4, 8)), ...story.changes(dice.between(15, 30))];
    const told = dice.shuffled(events);
    fault('late event', told.length);
    await company.tellAll(told);
    await company.settled();
    const before = await company.revisions();
    const twice = Array.from({ length: 5 }, () => dice.pick(events));
    for (const event of twice) {
      // The very same bytes with the very same signature: somebody else may have sent them.
      const signedAt = new Date(Date.now() + 60_000);
      const [one, other] = await Promise.all([company.send(event, signedAt), company.send(event, signedAt)]);
      expect([one.status, other.status].sort()).toEqual([202, 202]);
      fault('replay');
    }
    expect(await company.revisions()).toEqual(before);
    expect(world.crashed).toEqual([]);
  },
);
