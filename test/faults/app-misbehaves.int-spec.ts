import type { FaultRule } from '../peers/scim-app/faults.js';
import type { Dice } from './dice.js';
import { scenario } from './scenario.js';

/** One call's patience, and how long the app may still act when it has run out. */
const TIMEOUT_MS = 400;
const SETTLE_MS = 500;

const FAULTS = [
  { kind: 'rate_limit', retryAfter: '1' },
  { kind: 'error', when: 'before' },
  { kind: 'error', when: 'after' },
  { kind: 'error', when: 'before', status: 503 },
  { kind: 'drop', when: 'before' },
  { kind: 'drop', when: 'after' },
  { kind: 'hang', when: 'before' },
  { kind: 'hang', when: 'after' },
  // Acts after the caller has given up.
  { kind: 'hang', when: 'before', ms: TIMEOUT_MS + 300 },
] as const satisfies readonly FaultRule[];

const CALLS = [
  { method: 'POST', path: '^/Users$' },
  { method: 'PATCH', path: '^/Users/' },
  { method: 'PATCH', path: '^/Groups/' },
  { method: 'POST', path: '^/Groups$' },
  { method: 'GET', path: '.' },
] as const satisfies readonly Partial<FaultRule>[];

/** Some of each for every kind of call, at random moments. */
function misfortunes(dice: Dice): FaultRule[] {
  return CALLS.flatMap((call) =>
    Array.from({ length: dice.between(1, 3) }, () => ({
      ...call,
      ...dice.pick(FAULTS),
      probability: 0.1 + dice.next() * 0.4,
      seed: dice.between(1, 1_000_000),
      times: dice.between(1, 3),
    })),
  );
}

scenario(
  'an app that answers 429, 500, drops connections after the work, or says nothing',
  { workers: 1, timeoutMs: TIMEOUT_MS, settleMs: SETTLE_MS },
  async ({ world, company, story, dice, fault }) => {
    await world.app.inject(...misfortunes(dice));
    await company.tellAll(story.joiners(dice.between(5, 10)));
    for (let round = dice.between(1, 3); round > 0; round -= 1) {
      await company.tellAll([...story.joiners(dice.between(0, 2)), ...story.changes(dice.between(4, 8))]);
      if (dice.chance(0.3)) await company.settled();
    }
    await company.settled();
    for (const struck of await world.app.received()) if (struck.fault) fault(struck.fault);
  },
);
