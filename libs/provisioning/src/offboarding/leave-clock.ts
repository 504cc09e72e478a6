import type { Clock, Timer } from '@tenure/platform';
import { PRIORITY, setsOf, WorkHints, type Work } from '@tenure/applications';

/** So many accounts of one application in one look; the others in the next. */
const PER_APPLICATION = 1_000;

/**
 * Accounts with a step of a leave that has come due and that are not owed to it yet, of applications whose mode carries steps
 * out. In the other modes steps wait, and cost nothing here.
 */
const DUE = `
  SELECT s.tenant_id, s.account_id FROM applications p CROSS JOIN LATERAL (
    SELECT l.tenant_id, l.account_id FROM leave_steps l JOIN accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id AND NOT a.owed
    WHERE l.tenant_id = p.tenant_id AND l.application_id = p.id AND l.state = 'due' AND l.due_at <= $1
    ORDER BY l.due_at LIMIT ${PER_APPLICATION}) s
  WHERE p.mode = 'enforce'`;

/** Steps of leaves that have come due, as when an account is to be deleted: the account is owed to them from now on. */
export const leaveClock = (hints: WorkHints, clock: Clock, everyMs: number): Timer => ({
  name: 'leave-clock',
  everyMs,
  run: async (tx) => {
    const works = await tx.query<Omit<Work, 'urgent'>>(
      `UPDATE accounts a SET ${setsOf('owed')}, priority = least(a.priority, $2)
       FROM applications p
       WHERE p.tenant_id = a.tenant_id AND p.id = a.application_id AND NOT a.owed AND (a.tenant_id, a.id) IN (${DUE})
       RETURNING a.tenant_id AS "tenantId", a.application_id AS "applicationId", p.connector, a.shard`,
      [clock.now(), PRIORITY.mover],
    );
    for (const work of works) tx.afterCommit(() => hints.now({ ...work, urgent: false }));
  },
});
