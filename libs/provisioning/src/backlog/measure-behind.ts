import { Database, Metrics } from '@tenure/platform';
import { BEHIND } from '@tenure/applications';

const COUNTS = `
  SELECT (SELECT count(*)::int FROM identities WHERE access_version < version) AS access,
         (SELECT count(*)::int FROM accounts WHERE ${BEHIND} AND runnable AND protected_reason IS NULL) AS accounts,
         (SELECT count(*)::int FROM entitlement_members m JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
            JOIN applications p ON p.tenant_id = m.tenant_id AND p.id = m.application_id
          WHERE m.wanted IS DISTINCT FROM m.held AND m.runnable AND a.protected_reason IS NULL
            AND CASE WHEN m.wanted THEN a.remote_id IS NOT NULL AND p.mode <> 'observe' ELSE p.mode = 'enforce' END) AS memberships,
         (SELECT count(*)::int FROM accounts WHERE state = 'failed') AS failed`;

/** Counts what is behind, over all tenants and by partial indexes, for whoever reads the metrics now. */
export async function measureBehind(database: Database, metrics: Metrics): Promise<void> {
  const [counts = {}] = await database.asSystem((tx) => tx.query<Record<string, number>>(COUNTS));
  for (const [stage, count] of Object.entries(counts)) metrics.behind.set({ stage }, count);
}
