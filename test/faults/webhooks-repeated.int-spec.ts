import { expect } from '@jest/globals';
import type { Company } from './company.js';
import { scenario } from './scenario.js';
import type { HrEvent } from './story.js';

const REPLAYED = 409;

/** The very same signed bytes twice at once: one is taken, the other is a replay. */
async function tellTwice(company: Company, event: HrEvent): Promise<void> {
  const signedAt = new Date();
  const answers = await Promise.all([company.send(event, signedAt), company.send(event, signedAt)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([202, REPLAYED]);
  const again = await company.send(event, signedAt);
  expect(again.status).toBe(REPLAYED);
}

scenario(
  'the same webhook twice, and updates out of order',
  { workers: 1 },
  async ({ company, story, dice, fault }) => {
    const told = dice.shuffled([...story.joiners(dice.between(4, 8)), ...story.changes(dice.between(15, 30))]);
    const replayed = told.filter(() => dice.chance(0.2));
    await Promise.all([
      company.tellAll(told.filter((event) => !replayed.includes(event))),
      ...replayed.map((event) => tellTwice(company, event)),
    ]);
    fault('late event', told.length);
    fault('replay', 2 * replayed.length);
    await company.settled();
    // Signed anew, as by a sender that saw no answer: all is well, and nothing comes of it.
    const before = await company.revisions();
    for (const event of Array.from({ length: 5 }, () => dice.pick(told))) {
      const answer = await company.send(event, new Date(Date.now() + 60_000));
      expect(answer).toMatchObject({ status: 202, outcome: 'duplicate' });
      fault('duplicate');
    }
    expect(await company.revisions()).toEqual(before);
  },
);
