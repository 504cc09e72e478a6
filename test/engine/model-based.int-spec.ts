import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { Company } from '../faults/company.js';
import { MovableClock } from '../faults/movable-clock.js';
import { World } from '../faults/world.js';
import { COMMANDS, TIMES } from './commands.js';
import { CONDITIONS, DEPARTMENTS, PROJECT, Reference, VAULT } from './reference.js';
import { settleAndVerify } from './settle-and-verify.js';
import { Stage } from './stage.js';

const library = process.env.TEST_FAKETIME_LIB;
const isSoak = process.env.SOAK !== undefined && process.env.SOAK !== '';
const {
  ENGINE_SEED = '20261124',
  ENGINE_PATH,
  ENGINE_RUNS = isSoak ? '1000000' : '6',
  SOAK_MINUTES = '60',
} = process.env;
const LIMIT_MS = isSoak ? Number(SOAK_MINUTES) * 60_000 : 600_000;
const START_MS = 120_000;

if (library === undefined) {
  it.skip('libfaketime is not here', () => undefined);
} else {
  describe('random sequences of what people do and what breaks', () => {
    const clock = new MovableClock(library);
    const report = { sequences: 0, commands: 0, faults: new Map<string, number>() };
    const count = (kind: string): void => void report.faults.set(kind, (report.faults.get(kind) ?? 0) + 1);
    let world: World;

    beforeAll(async () => {
      world = await World.start({ workers: 2, clock });
    }, START_MS);
    afterAll(async () => {
      await world.stop();
      clock.remove();
    }, START_MS);

    /** A company of its own for each sequence, so that one that failed disturbs no other. */
    const found = async (): Promise<Stage> => {
      await world.redis.start();
      await world.mend();
      await world.app.reset();
      await world.app.behave();
      const company = await Company.found(world, `sequence ${report.sequences}`, TIMES, {
        drift: { reaction: 'revert', everyHours: null },
      });
      const [nobody = ''] = Object.keys(CONDITIONS);
      const { id } = await company.giveGroup(PROJECT, nobody);
      const request = { maxMinutes: 7 * 24 * 60, approval: 'automatic' };
      await company.giveGroup(VAULT, 'identity.employeeNumber != ""', { request });
      return new Stage(world, clock, company, id, count);
    };

    it(
      `end with exactly what the reference says (seed ${ENGINE_SEED})`,
      async () => {
        const sequences = fc.commands(COMMANDS, { maxCommands: 30, size: 'max', replayPath: ENGINE_PATH });
        const property = fc.asyncProperty(sequences, async (commands) => {
          const stage = await found();
          const reference = new Reference();
          try {
            // Somebody is there already: most of what can happen needs somebody to whom it happens.
            for (const department of DEPARTMENTS) await stage.tell(reference.hire(department, null));
            await settleAndVerify(reference, stage);
            await fc.asyncModelRun(() => ({ model: reference, real: stage }), commands);
            await settleAndVerify(reference, stage);
          } catch (error) {
            const state = await stage.company.describe().catch((failure: unknown) => `no state: ${String(failure)}`);
            throw new Error(`${String(error)}\n${state}`, { cause: error });
          } finally {
            await stage.recovered();
            await stage.company.retire();
          }
          report.sequences += 1;
          for (const { fault } of await world.app.received()) if (fault !== undefined) count(fault);
        });
        await fc.assert(property, {
          seed: Number(ENGINE_SEED),
          numRuns: Number(ENGINE_RUNS),
          interruptAfterTimeLimit: LIMIT_MS,
          endOnFailure: process.env.ENGINE_SHRINK === undefined,
        });
        const faults = [...report.faults].map(([kind, times]) => `${kind} ${times}`).join(', ');
        process.stdout.write(
          `random sequences: ${report.sequences} sequences, seed ${ENGINE_SEED}; faults: ${faults}; lost 0, doubled 0\n`,
        );
      },
      LIMIT_MS + 600_000,
    );
  });
}
