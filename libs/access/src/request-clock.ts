import { Clock, Database, type Timer } from '@tenure/platform';
import { lockPerson } from './lock-person.js';
import { closeRequest } from './request-store.js';

const BATCH = 200;

/** Requests that nobody answered in time lapse. */
export const requestClock = (database: Database, clock: Clock): Timer => ({
  name: 'request-clock',
  everyMs: 1_000,
  run: async (tx) => {
    const now = clock.now();
    const due = await tx.query<{ tenant_id: string; id: string; identity_id: string }>(
      "SELECT tenant_id, id, identity_id FROM requests WHERE state = 'pending' AND answer_by <= $1 ORDER BY answer_by LIMIT $2",
      [now, BATCH],
    );
    for (const { tenant_id: tenantId, id, identity_id: identityId } of due)
      await database.transaction(tenantId, async (own) => {
        await lockPerson(own, identityId);
        const by = { actor: 'clock', door: 'clock' } as const;
        await closeRequest(own, by, { id, identityId }, 'lapsed', 'Nobody answered in time.', now);
      });
  },
});
