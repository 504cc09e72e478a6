import { expect } from '@jest/globals';
import { repeatedBlindly, wentBackwards } from '../faults/laws.js';
import type { Reference } from './reference.js';
import type { Stage } from './stage.js';

const SETTLED_WITHIN_MS = 90_000;

/** Heals everything, waits until nothing is behind, and holds the app against the reference. */
export async function settleAndVerify(reference: Reference, stage: Stage): Promise<void> {
  await stage.recovered();
  const { company, world } = stage;
  await company.settled(SETTLED_WITHIN_MS);
  await company.scanned(SETTLED_WITHIN_MS);
  await company.settled(SETTLED_WITHIN_MS);
  reference.passTime(stage.clock.now());
  const [{ accounts, strangers }, rows, log, { users }, unjustified] = await Promise.all([
    company.shown(),
    company.accounts(),
    world.app.received(),
    world.app.state(),
    company.grantsOfLeavers(),
  ]);
  expect({ accounts, strangers }).toEqual({
    accounts: reference.accounts(stage.clock.now()),
    strangers: reference.strangers,
  });
  expect({
    notDone: rows.filter((row) => !['active', 'disabled', 'deleted'].includes(row.state)),
    unjustified,
    repeatedBlindly: repeatedBlindly(log),
    wentBackwards: wentBackwards(log, users),
    crashed: world.crashed,
  }).toEqual({ notDone: [], unjustified: [], repeatedBlindly: [], wentBackwards: [], crashed: [] });
}
