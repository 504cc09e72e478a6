import { Clock, Database, duePerTenant, forEachRow, type Log, type Timer } from '@tenure/platform';
import type { Regrouping } from './regroup.js';

const EVERY_MS = 5_000;
const OLDEST = duePerTenant({
  table: 'scim_managers',
  columns: 'record_id',
  open: 'number IS NULL',
  due: 'true',
  order: 'looked_at',
  perTenant: 500,
});

interface Found {
  readonly tenant_id: string;
  readonly sourceId: string;
  readonly ids: string[];
}

/**
 * Looks again at users whose manager was nobody's record: whose it is may have been decided meanwhile, by whatever source or
 * person. So many of each tenant at a time, those first that were looked at longest ago.
 */
export const unknownManagers = (database: Database, regrouping: Regrouping, clock: Clock, log: Log): Timer => ({
  name: 'scim-managers',
  everyMs: EVERY_MS,
  run: async (tx) => {
    const found = await tx.query<Found>(
      `WITH oldest AS (${OLDEST}),
       seen AS (
         UPDATE scim_managers m SET looked_at = $1 FROM oldest o WHERE m.tenant_id = o.tenant_id AND m.record_id = o.record_id
         RETURNING m.tenant_id, m.source_id, m.record_id, m.manager_id)
       SELECT s.tenant_id, s.source_id AS "sourceId", array_agg(s.record_id) AS ids FROM seen s
         JOIN source_records r ON r.tenant_id = s.tenant_id AND r.id = s.manager_id AND r.source_id = s.source_id AND r.deleted_at IS NULL
         JOIN identities i ON i.tenant_id = r.tenant_id AND i.id = r.identity_id
       GROUP BY s.tenant_id, s.source_id`,
      [clock.now()],
    );
    return () =>
      forEachRow(log, 'scim-managers', found, (tenantId, { sourceId: id, ids }) =>
        database.transaction(tenantId, (own) => regrouping.concern(own, { id }, ids)),
      );
  },
});
