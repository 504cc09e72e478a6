import { Clock, Database, duePerTenant, forEachRow, type Log, type Timer, type Tx } from '@tenure/platform';
import { appendFact } from '@tenure/journal';
import { Policy, PolicyVersion } from '../model/policy.entity.js';
import { windowState } from '../decide/policy-window.js';
import { Recomputes } from './recomputes.js';
import { lockRules } from '../model/rules-lock.js';

const DUE = duePerTenant({
  table: 'policies',
  columns: 'id',
  open: 'window_due_at IS NOT NULL',
  due: 'window_due_at <= $1',
  order: 'window_due_at',
  perTenant: 100,
});

/** Windows of policies that begin and end: the policy is in force, or is not any more, from the stored fact on. */
export const policyClock = (database: Database, recomputes: Recomputes, clock: Clock, log: Log): Timer => ({
  name: 'policy-clock',
  everyMs: 1_000,
  run: async (tx) => {
    const due = await tx.query<{ tenant_id: string; id: string }>(DUE, [clock.now()]);
    return () =>
      forEachRow(log, 'policy-clock', due, (tenantId, { id }) =>
        database.transaction(tenantId, (own) => turn(own, id, recomputes, clock.now())),
      );
  },
});

async function turn(tx: Tx, id: string, recomputes: Recomputes, now: Date): Promise<void> {
  const { tenantId } = tx;
  await lockRules(tx);
  const policy = await tx.repository(Policy).findOneBy({ tenantId, id });
  const version = policy?.publishedVersion ?? 0;
  const found = await tx.repository(PolicyVersion).findOneBy({ tenantId, policyId: id, version });
  if (!policy?.windowDueAt || policy.windowDueAt > now || !found) return;
  const { dormant, windowDueAt } = windowState(found, now);
  await tx.repository(Policy).update({ tenantId, id }, { dormant, windowDueAt });
  const cause = await appendFact(tx, { actor: 'clock', door: 'clock' }, now, {
    verb: dormant ? 'policy.window_ended' : 'policy.window_began',
    subjectKind: 'policy',
    subjectId: id,
    payload: { version, enabledFrom: found.enabledFrom, enabledUntil: found.enabledUntil },
  });
  await recomputes.begin(tx, cause, { policyId: id });
}
