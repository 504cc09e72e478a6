import { Database, duePerTenant, groupBy, type Log, type Timer, loggedReason } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { Identities } from '../statement/identities.js';

/** So many of each tenant are settled in one look; the rest in the next, which follows at once. */
const DUE = duePerTenant({
  table: 'identities',
  columns: 'id',
  open: 'due_at IS NOT NULL',
  due: 'due_at <= $1',
  order: 'due_at',
  perTenant: 1_000,
});
/** After so long (minutes) a person who cannot be settled is tried again, behind the others. */
const RETRY_MINUTES = 1;
const SLICE = 50;
const SIDE_BY_SIDE = 4;
const CLOCK: Actor = { actor: 'clock', door: 'clock' };

interface Due {
  readonly tenant_id: string;
  readonly id: string;
}

/** The clock as a source of change: hire dates that begin, last days, leaves and overrides that end. */
export const dueIdentitiesTimer = (database: Database, identities: Identities, now: () => Date, log: Log): Timer => ({
  name: 'identity-clock',
  everyMs: 1_000,
  run: async (tx) => {
    const due = await tx.query<Due>(DUE, [now()]);
    const slices = inTurns([...groupBy(due, (row) => row.tenant_id).values()].map(sliced));
    const work = slices.values();
    return async () => {
      const runs = Array.from({ length: SIDE_BY_SIDE }, async () => {
        for (const slice of work) await settleSlice(database, identities, slice, now, log);
      });
      await Promise.all(runs);
    };
  },
});

const sliced = (rows: readonly Due[]): Due[][] =>
  Array.from({ length: Math.ceil(rows.length / SLICE) }, (_, n) => rows.slice(n * SLICE, (n + 1) * SLICE));

/** One slice of each tenant, then the next of each: whoever has many lets the others go before. */
const inTurns = (slices: readonly (readonly Due[][])[]): Due[][] =>
  Array.from({ length: Math.max(0, ...slices.map(({ length }) => length)) }, (_, n) => n).flatMap((n) =>
    slices.flatMap((of) => of.slice(n, n + 1)),
  );

/** A slice in one transaction; when somebody in it cannot be settled, each alone, so that one never keeps the others. */
async function settleSlice(
  database: Database,
  identities: Identities,
  slice: readonly Due[],
  now: () => Date,
  log: Log,
): Promise<void> {
  const [first] = slice;
  if (first === undefined) return;
  try {
    await database.transaction(first.tenant_id, async (tx) => {
      for (const { id } of slice) await identities.settle(tx, CLOCK, id);
    });
  } catch (error) {
    if (slice.length === 1) {
      log.error({
        event: 'identity_clock.failed',
        tenantId: first.tenant_id,
        identityId: first.id,
        reason: loggedReason(error),
      });
      return putOff(database, first, now());
    }
    for (const each of slice) await settleSlice(database, identities, [each], now, log);
  }
}

/** Only the moment of the next look: what time changes is computed from the facts then. */
async function putOff(database: Database, { tenant_id: tenantId, id }: Due, now: Date): Promise<void> {
  await database.transaction(tenantId, (tx) =>
    tx.query(
      'UPDATE identities SET due_at = $3::timestamptz + make_interval(mins => $4) WHERE tenant_id = $1 AND id = $2 AND due_at <= $3',
      [tenantId, id, now, RETRY_MINUTES],
    ),
  );
}
