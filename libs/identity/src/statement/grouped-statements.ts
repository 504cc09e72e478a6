import { AsyncResource } from 'node:async_hooks';
import type { Database, Tx } from '@tenure/platform';
import type { StatementInput } from '../model/statement.js';
import { lockKeys } from '../correlation/correlation-store.js';
import type { Apart, Identities } from './identities.js';

/** The most statements of one transaction: who comes first waits for all of them. */
const MOST = 16;
/** Transactions of a tenant at once: one is computed while the other is written. */
const AT_ONCE = 2;
/** So many go alone once some could not go together: a source that is being adopted would fail at each of its records. */
const ALONE = 50;

/** Longer than this nobody of a group waits for what somebody else has locked: it alone does, and the others do not. */
const PATIENCE = '100ms';

type Work<T> = (tx: Tx, apart?: Apart) => Promise<T>;

interface Waiting {
  readonly apart: Apart;
  readonly work: Work<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly waiting: Waiting[];
  running: number;
  alone: number;
}

/**
 * First records of people that have nothing to do with each other, in few transactions: what comes while one is running goes
 * together into the next, as PostgreSQL itself gathers commits. Nobody waits while nothing runs. Each is whole in itself: where one
 * fails, nothing of its group is kept, and each of them is done again alone.
 */
export class GroupedStatements {
  private readonly lanes = new Map<string, Lane>();

  constructor(
    private readonly database: Database,
    private readonly identities: Identities,
  ) {}

  /** Runs `work` in a transaction, perhaps with others of the tenant; it hands what it is given on to `Identities.state`. */
  run<T>(tenantId: string, input: StatementInput, work: Work<T>): Promise<T> {
    const lane = this.lanes.get(tenantId) ?? { waiting: [], running: 0, alone: 0 };
    const apart = lane.alone > 0 ? null : this.identities.apart(tenantId, input);
    lane.alone = Math.max(0, lane.alone - 1);
    if (apart === null) return this.database.transaction(tenantId, work);
    this.lanes.set(tenantId, lane);
    return new Promise<T>((resolve, reject) => {
      // Each keeps the request that it belongs to, whoever's turn begins the transaction.
      const bound = AsyncResource.bind(work);
      lane.waiting.push({ apart, work: bound, resolve: resolve as Waiting['resolve'], reject });
      this.next(tenantId, lane);
    });
  }

  private next(tenantId: string, lane: Lane): void {
    while (lane.running < AT_ONCE && lane.waiting.length > 0) {
      lane.running++;
      void this.together(tenantId, lane, takeGroup(lane.waiting)).finally(() => {
        lane.running--;
        const isIdle = lane.running === 0 && lane.waiting.length === 0 && lane.alone === 0;
        if (isIdle) this.lanes.delete(tenantId);
        else this.next(tenantId, lane);
      });
    }
  }

  private async together(tenantId: string, lane: Lane, group: readonly Waiting[]): Promise<void> {
    try {
      const values = await this.database.transaction(tenantId, (tx) => inOne(tx, group));
      group.forEach(({ resolve }, place) => resolve(values[place]));
    } catch (error) {
      if (!(error instanceof NotTogether)) return group.forEach(({ reject }) => reject(error));
      lane.alone = ALONE;
      for (const { work, resolve, reject } of group)
        void this.database.transaction(tenantId, (tx) => work(tx)).then(resolve, reject);
    }
  }
}

/** One of them failed, or is not what it seemed: nothing was written yet. */
class NotTogether extends Error {}

async function inOne(tx: Tx, group: readonly Waiting[]): Promise<unknown[]> {
  const [, , ...done] = await Promise.allSettled([
    tx.prepared(`SELECT set_config('lock_timeout', $1, true)`, [PATIENCE]),
    lockKeys(
      tx,
      group.flatMap(({ apart }) => apart.locks),
    ),
    ...group.map(({ apart, work }) => work(tx, apart)),
  ]);
  return done.map((one) => {
    if (one.status === 'rejected') throw new NotTogether('', { cause: one.reason });
    return one.value;
  });
}

/** The first of those that wait, and whoever else has no name in common with one before. */
function takeGroup(waiting: Waiting[]): readonly Waiting[] {
  const names = new Set<string>();
  const group: Waiting[] = [];
  const left: Waiting[] = [];
  for (const one of waiting.splice(0)) {
    const mine = [...one.apart.locks.map(({ key }) => key), ...one.apart.names];
    if (group.length >= MOST || mine.some((name) => names.has(name))) left.push(one);
    else group.push(one);
    for (const name of mine) names.add(name);
  }
  waiting.push(...left);
  return group;
}
