import { Clock, Database, duePerTenant, forEachRow, type Log, type Timer } from '@tenure/platform';
import { lockPerson } from '../store/lock-person.js';
import { closeRequest } from '../store/request-store.js';

const DUE = duePerTenant({
  table: 'requests',
  columns: 'id, identity_id',
  open: "state = 'pending'",
  due: 'answer_by <= $1',
  order: 'answer_by',
  perTenant: 200,
});

/** Requests that nobody answered in time lapse. */
export const requestClock = (database: Database, clock: Clock, log: Log): Timer => ({
  name: 'request-clock',
  everyMs: 1_000,
  run: async (tx) => {
    const now = clock.now();
    const due = await tx.query<{ tenant_id: string; id: string; identity_id: string }>(DUE, [now]);
    return () =>
      forEachRow(log, 'request-clock', due, (tenantId, { id, identity_id: identityId }) =>
        database.transaction(tenantId, async (own) => {
          await lockPerson(own, identityId);
          const by = { actor: 'clock', door: 'clock' } as const;
          await closeRequest(own, by, { id, identityId }, 'lapsed', 'Nobody answered in time.', now);
        }),
      );
  },
});
