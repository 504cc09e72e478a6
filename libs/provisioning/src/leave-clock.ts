import type { Clock, Timer } from '@tenure/platform';
import { PRIORITY, WorkHints, type Work } from '@tenure/applications';

/** Steps of leaves that have come due, as when an account is to be deleted: the account is owed to them from now on. */
export const leaveClock = (hints: WorkHints, clock: Clock, everyMs: number): Timer => ({
  name: 'leave-clock',
  everyMs,
  run: async (tx) => {
    const works = await tx.query<Omit<Work, 'urgent'>>(
      `UPDATE accounts a SET owed = true, priority = least(a.priority, $2), due_at = CASE WHEN a.applied_version < a.desired_version THEN a.due_at ELSE '-infinity' END,
         runnable = a.runnable OR a.state IN ('active', 'disabled', 'deleted')
       FROM applications p
       WHERE p.tenant_id = a.tenant_id AND p.id = a.application_id AND NOT a.owed AND (a.tenant_id, a.id) IN (
         SELECT tenant_id, account_id FROM leave_steps WHERE state = 'due' AND due_at <= $1 ORDER BY due_at LIMIT 5000)
       RETURNING a.tenant_id AS "tenantId", a.application_id AS "applicationId", p.connector, a.shard`,
      [clock.now(), PRIORITY.mover],
    );
    for (const work of works) tx.afterCommit(() => hints.now({ ...work, urgent: false }));
  },
});
