import { Database, type Timer } from '@tenure/platform';
import { Identities } from './identities.js';

const BATCH = 200;

/** The clock as a source of change: hire dates that begin, last days that end. */
export const dueIdentitiesTimer = (database: Database, identities: Identities, now: () => Date): Timer => ({
  name: 'identity-clock',
  everyMs: 1_000,
  run: async (tx) => {
    const due = await tx.query<{ tenant_id: string; id: string }>(
      'SELECT tenant_id, id FROM identities WHERE due_at <= $1 ORDER BY due_at LIMIT $2',
      [now(), BATCH],
    );
    for (const { tenant_id: tenantId, id } of due) {
      await database.transaction(tenantId, (own) => identities.settle(own, { actor: 'clock', door: 'clock' }, id));
    }
  },
});
