import type { FaultRule } from '../peers/scim-app/faults.js';
import { eventually } from './eventually.js';
import { scenario } from './scenario.js';

/** How far the app has got with a create when the worker dies: it never does it, did it, or does it a little later. */
const MOMENTS = [
  { kind: 'hang', when: 'before' },
  { kind: 'hang', when: 'after' },
  { kind: 'delay', when: 'before', ms: 400 },
] as const satisfies readonly FaultRule[];

scenario(
  'a worker killed with SIGKILL in the middle of creates',
  { workers: 2, settleMs: 500 },
  async ({ world, company, story, dice, fault }) => {
    const [first, second] = dice.shuffled(world.workers);
    if (!first || !second) throw new Error('two workers are needed');
    // So that it is the first that is in the middle of it.
    second.freeze();
    const caught = dice.between(1, 4);
    await world.app.inject({ ...dice.pick(MOMENTS), method: 'POST', path: '^/Users$', times: caught });
    await company.tellAll(story.joiners(dice.between(5, 12)));
    await eventually('the app has the creates in hand', async () => {
      const struck = (await world.app.received()).filter((entry) => entry.fault !== undefined);
      return struck.length >= caught || undefined;
    });
    await first.kill();
    fault('worker killed');
    await company.tellAll(story.changes(dice.between(0, 6)));
    if (dice.chance(0.5)) await first.start();
    else second.thaw();
    await company.settled();
  },
);
