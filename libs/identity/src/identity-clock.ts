import { Database, groupBy, messageOf, type Log, type Timer } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { Identities } from './identities.js';

/** So many are settled in one look; the rest in the next, which follows at once. */
const BATCH = 1_000;
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
    const due = await tx.query<Due>(
      'SELECT tenant_id, id FROM identities WHERE due_at <= $1 ORDER BY due_at LIMIT $2',
      [now(), BATCH],
    );
    const slices = [...groupBy(due, (row) => row.tenant_id).values()].flatMap(sliced);
    const work = slices.values();
    await Promise.all(
      Array.from({ length: SIDE_BY_SIDE }, async () => {
        for (const slice of work) await settleSlice(database, identities, slice, log);
      }),
    );
  },
});

const sliced = (rows: readonly Due[]): Due[][] =>
  Array.from({ length: Math.ceil(rows.length / SLICE) }, (_, n) => rows.slice(n * SLICE, (n + 1) * SLICE));

/** A slice in one transaction; when somebody in it cannot be settled, each alone, so that one never keeps the others. */
async function settleSlice(database: Database, identities: Identities, slice: readonly Due[], log: Log): Promise<void> {
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
        reason: messageOf(error),
      });
      return;
    }
    for (const each of slice) await settleSlice(database, identities, [each], log);
  }
}
