import { loadavg } from 'node:os';
import { Client } from 'pg';
import {
  Clock,
  compileExpression,
  configFromEnvironment,
  createLog,
  Database,
  Metrics,
  Queues,
  SystemClock,
  type Tx,
} from '@tenure/platform';
import { LifecycleEvents } from '@tenure/journal';
import { bindIdentity, IDENTITY_SCHEMA } from '@tenure/identity';
import { ENTITIES } from '@tenure/schema';
import { ApiKeys, Tenants } from '@tenure/tenancy';

/** What every part of the benchmark stands on. */
export interface Bench {
  readonly database: Database;
  /** The owner of the tables, for ANALYZE and the server's own counters. */
  readonly owner: Client;
  readonly queues: Queues;
  readonly events: LifecycleEvents;
  readonly clock: Clock;
  tenant(name: string): Promise<string>;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const config = configFromEnvironment();
  const log = createLog('bench', 'silent');
  const database = await Database.connect(config, log, ENTITIES);
  const owner = new Client({ connectionString: config.databaseOwnerUrl.reveal() });
  await owner.connect();
  const queues = new Queues(config.redisUrl.reveal(), log, new Metrics());
  const clock = new SystemClock();
  return {
    database,
    owner,
    queues,
    events: new LifecycleEvents(queues),
    clock,
    tenant: async (name) =>
      (await new Tenants(database, new ApiKeys(database, clock)).create(name, 'owner@example.com')).tenantId,
    close: async () => {
      await database.close();
      await queues.close();
      await owner.end();
    },
  };
}

/** A transaction that may take as long as it takes: loading a million people is no request. */
export const atLength = <T>({ database }: Bench, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
  database.transaction(tenantId, async (tx) => {
    await tx.query("SELECT set_config('statement_timeout', '0', true)");
    return work(tx);
  });

export const report = (line: string): void => void process.stdout.write(`${line}\n`);

/** One figure: what was asked, what came out, and how it was taken. */
export function figure(what: string, goal: string, measured: string, how: string): void {
  report(`${what.padEnd(58)} ${goal.padEnd(12)} ${measured.padEnd(34)} ${how}`);
}

/** How long `work` took, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** `p50 1.2 ms, p99 3.4 ms` of how long each run took; the first tenth warms up and is not counted. */
export function spreadOf(taken: readonly number[]): string {
  const counted = taken.slice(Math.ceil(taken.length / 10)).sort((a, b) => a - b);
  const at = (share: number): string => (counted[Math.floor(counted.length * share)] ?? Number.NaN).toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

/** The same of `times` runs of `work`, one after the other. */
export async function spread(times: number, work: (index: number) => Promise<unknown>): Promise<string> {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) taken.push(await timed(() => work(index)));
  return spreadOf(taken);
}

/** It reads an open map, so its results are not remembered: each evaluation is one. */
const CALIBRATION = 'identity.department == "Engineering" && identity.custom.country in ["DE", "FR"]';
const EVALUATIONS = 1_000_000;

/** The machine's own speed in this very run: microseconds for one evaluation of a usual condition, planned once. */
export function calibrate(): number {
  const condition = compileExpression(CALIBRATION, { variables: IDENTITY_SCHEMA, expects: 'boolean' });
  const ada = {
    id: 'i',
    state: 'active',
    attributes: { department: 'Engineering', custom: { country: 'FR' } },
    managerId: null,
    isManager: false,
  } as const;
  const bindings = bindIdentity(ada);
  const run = (times: number): void => {
    for (let index = 0; index < times; index++) condition.evaluate(bindings);
  };
  run(EVALUATIONS / 10);
  const began = performance.now();
  run(EVALUATIONS);
  return ((performance.now() - began) * 1_000) / EVALUATIONS;
}

/** What else this machine does: the load of the last minute. */
export const load = (): string => `load ${(loadavg()[0] ?? 0).toFixed(1)}`;

/** Round trips to PostgreSQL that `work` makes: each call of a client is one, of a transaction's begin and commit too. */
export async function roundTrips(work: () => Promise<unknown>): Promise<number> {
  const prototype = Client.prototype as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  let count = 0;
  prototype.query = function counted(this: unknown, ...args: unknown[]): unknown {
    count += 1;
    return query.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return count;
}
