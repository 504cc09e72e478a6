import { Clock, groupBy, type Timer } from '@tenure/platform';
import { LifecycleEvents } from '@tenure/journal';

/** So old (ms) must a change be before the timer steps in: the hint is faster when it is not lost. */
const PATIENCE_MS = 500;
const BATCH = 2_000;

/** Announces identities whose access is not computed yet: a hint was lost, Redis was flushed, a process was killed. */
export const behindIdentitiesTimer = (events: LifecycleEvents, clock: Clock, everyMs: number): Timer => ({
  name: 'behind-identities',
  everyMs,
  run: async (tx) => {
    const behind = await tx.query<{ tenant_id: string; id: string; urgent: boolean }>(
      'SELECT tenant_id, id, urgent FROM identities WHERE access_version < version AND behind_since <= $1 ORDER BY behind_since LIMIT $2',
      [new Date(clock.now().getTime() - PATIENCE_MS), BATCH],
    );
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
