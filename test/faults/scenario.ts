import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Company, type AppTimes } from './company.js';
import { Dice } from './dice.js';
import { repeatedBlindly, wentBackwards } from './laws.js';
import { desiredAccounts, type AppAccount } from './model.js';
import { Story } from './story.js';
import { World, type WorldOptions } from './world.js';

/** What one seed plays with. */
export interface Stage {
  readonly world: World;
  readonly company: Company;
  readonly story: Story;
  readonly dice: Dice;
  /** Counts a fault for the report. */
  readonly fault: (kind: string, times?: number) => void;
}

export interface ScenarioOptions extends WorldOptions, Partial<AppTimes> {}

interface Report {
  seeds: number;
  people: number;
  events: number;
  lost: number;
  doubled: number;
  readonly faults: Map<string, number>;
}

const SEEDS = [1, 2, 3];
const SEED_TIMEOUT_MS = 180_000;
const WORLD_TIMEOUT_MS = 120_000;
const isSoak = process.env.SOAK !== undefined && process.env.SOAK !== '';

/** Plays a scenario once per seed, each time for a new company, and holds the app against the reference afterwards. */
export function scenario(title: string, options: ScenarioOptions, play: (stage: Stage) => Promise<void>): void {
  describe(title, () => {
    let world: World;
    const report: Report = { seeds: 0, people: 0, events: 0, lost: 0, doubled: 0, faults: new Map() };
    beforeAll(async () => {
      world = await World.start(options);
    }, WORLD_TIMEOUT_MS);
    afterAll(() => world.stop(), WORLD_TIMEOUT_MS);

    if (!isSoak) {
      it.each(SEEDS)(
        'ends with exactly the desired accounts (seed %i)',
        (seed) => run(world, options, seed, play, report),
        SEED_TIMEOUT_MS,
      );
      return;
    }
    const { seeds, minutes } = soakLimits();
    it(
      `ends with exactly the desired accounts (up to ${seeds} seeds in ${minutes.toFixed(1)} minutes)`,
      async () => {
        const failures: string[] = [];
        const began = performance.now();
        for (let seed = 1; seed <= seeds && performance.now() - began < minutes * 60_000; seed += 1) {
          try {
            await run(world, options, seed, play, report);
          } catch (error) {
            failures.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
            // The company that failed is still at work: a new world, so that it disturbs no other.
            await world.stop();
            world = await World.start(options);
          }
        }
        tell(title, report, failures.length, performance.now() - began);
        expect(failures).toEqual([]);
      },
      minutes * 60_000 + 2 * SEED_TIMEOUT_MS,
    );
  });
}

async function run(
  world: World,
  options: ScenarioOptions,
  seed: number,
  play: (stage: Stage) => Promise<void>,
  report: Report,
): Promise<void> {
  const dice = new Dice(seed);
  const story = new Story(dice);
  await world.mend();
  await world.app.reset();
  const { timeoutMs = 2_000, settleMs = 0 } = options;
  const company = await Company.found(world, `seed ${seed}`, { timeoutMs, settleMs });
  const fault = (kind: string, times = 1) => void report.faults.set(kind, (report.faults.get(kind) ?? 0) + times);
  try {
    await play({ world, company, story, dice, fault });
    await company.settled();
    await verify(world, company, story, report);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    const state = await company.describe().catch((failure: unknown) => `no state: ${String(failure)}`);
    throw new Error(`${message}${cause}\nseed ${seed}\n${state}\n${world.logs(30)}`, { cause: error });
  }
  report.seeds += 1;
  report.people += story.people;
  report.events += story.events.length;
}

/** The app shows exactly what is desired, everything is recorded as applied, and no law was broken on the way. */
async function verify(world: World, company: Company, story: Story, report: Report): Promise<void> {
  const desired = desiredAccounts(story.events);
  const [{ accounts, strangers }, rows, log, { users }] = await Promise.all([
    company.shown(),
    company.accounts(),
    world.app.received(),
    world.app.state(),
  ]);
  report.lost += desired.filter((wanted) => !accounts.some((shown) => isSame(wanted, shown))).length;
  report.doubled += Math.max(0, accounts.length - desired.length) + strangers.length;
  expect({ accounts, strangers }).toEqual({ accounts: desired, strangers: [] });
  expect(rows.filter((row) => !['active', 'disabled'].includes(row.state))).toEqual([]);
  expect({
    repeatedBlindly: repeatedBlindly(log),
    wentBackwards: wentBackwards(log, users),
    crashed: world.crashed,
  }).toEqual({
    repeatedBlindly: [],
    wentBackwards: [],
    crashed: [],
  });
}

const isSame = (a: AppAccount, b: AppAccount): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A soak's share of the time: its scenarios run side by side, as many as there are jest workers. */
function soakLimits(): { seeds: number; minutes: number } {
  const { SOAK_SEEDS = '200', SOAK_MINUTES = '60' } = process.env;
  const scenarios = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.int-spec.ts')).length;
  const turns = Math.ceil(scenarios / Math.max(2, availableParallelism()));
  return { seeds: Number(SOAK_SEEDS), minutes: Number(SOAK_MINUTES) / turns };
}

function tell(title: string, report: Report, failed: number, ms: number): void {
  const faults = [...report.faults].map(([kind, times]) => `${kind} ${times}`).join(', ');
  process.stdout.write(
    `${title}: ${report.seeds} seeds, ${failed} failed, ${report.people} accounts, ${report.events} events; ` +
      `faults: ${faults}; lost ${report.lost}, doubled ${report.doubled}; ${(ms / 60_000).toFixed(1)} min\n`,
  );
}
