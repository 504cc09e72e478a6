import { Clock, duePerTenant, groupBy, type Timer } from '@tenure/platform';
import { LifecycleEvents } from '@tenure/journal';

/** So old (ms) must a change be before the timer steps in: the hint is faster when it is not lost. */
const PATIENCE_MS = 500;

/** People whose computation failed are left out until it is time to try them again. */
const BEHIND_PEOPLE = duePerTenant({
  table: 'identities',
  columns: 'id, urgent',
  open: 'access_version < version',
  due: 'behind_since <= $1 AND (access_retry_at IS NULL OR access_retry_at <= $2)',
  order: 'behind_since',
  perTenant: 2_000,
});

/** Announces identities whose access is not computed yet: a hint was lost, Redis was flushed, a process was killed. */
export const behindIdentitiesTimer = (events: LifecycleEvents, clock: Clock, everyMs: number): Timer => ({
  name: 'behind-identities',
  everyMs,
  run: async (tx) => {
    const now = clock.now();
    const behind = await tx.query<{ tenant_id: string; id: string; urgent: boolean }>(BEHIND_PEOPLE, [
      new Date(now.getTime() - PATIENCE_MS),
      now,
    ]);
    const lanes = groupBy(behind, (row) => `${row.tenant_id}|${String(row.urgent)}`);
    for (const rows of lanes.values()) {
      const [first] = rows;
      if (first)
        tx.afterCommit(() =>
          events.again(
            first.tenant_id,
            first.urgent,
            rows.map((row) => row.id),
            'behind',
          ),
        );
    }
  },
});
