import { Clock, Database, type Timer } from '@tenure/platform';
import { DEFAULT_PROVISIONING_SETTINGS, PROVISIONING_SETTINGS_SECTION } from '../budget/provisioning-settings.js';

const DAY_MS = 86_400_000;
const MONTHS_AHEAD = 3;
const SLICE = 5_000;
/** Fewer, because much hangs on a scan. */
const SCANS = 100;

interface Retention {
  readonly id: string;
  readonly days: number;
  readonly old: boolean;
}

/** What a person or a scan settled, and scans that have ended, with what hangs on them; a value that was taken over is still in force. */
const SETTLED = [
  forget(
    'drift_findings',
    "(state IN ('reverted', 'closed') OR (state = 'adopted' AND kind <> 'attribute')) AND decided_at",
    SLICE,
  ),
  forget('unknown_accounts', "state IN ('assigned', 'gone') AND seen_at", SLICE),
  forget('scans', "state <> 'running' AND ended_at", SCANS),
];

/** One look for all tenants, each with the moment ($2) before which its rows go. */
function forget(table: string, where: string, most: number): string {
  return `DELETE FROM ${table} WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM ${table} JOIN unnest($1::uuid[], $2::timestamptz[]) AS kept (tenant_id, before) USING (tenant_id)
    WHERE ${where} < kept.before LIMIT ${most})`;
}

/** Ids are ordered by time, so the oldest rows are at the beginning of a tenant's index; a day for clocks that differ. */
const OLD = `tenant_id = $1 AND at < $2 AND id < (lpad(to_hex((extract(epoch FROM $2::timestamptz) * 1000)::bigint + ${DAY_MS}), 12, '0') || '70008000000000000000')::uuid`;

/**
 * Keeps the months of the evidence ahead of time, and no longer than the tenants want: rows go in slices, and a month that
 * is older than what any tenant keeps is dropped whole. What scans found goes with it.
 */
export const evidenceTimer = (database: Database, clock: Clock): Timer => ({
  name: 'evidence',
  everyMs: 60_000,
  // Each step is a transaction of its own: nobody waits for a table's lock longer than for that one step.
  run: async () => {
    await database.asSystem((tx) => tx.query('SELECT ensure_operation_partitions($1)', [MONTHS_AHEAD]));
    const retentions = await database.asSystem((tx) =>
      tx.query<Retention>(RETENTIONS, [PROVISIONING_SETTINGS_SECTION, DEFAULT_DAYS, clock.now()]),
    );
    const daysAgo = (days: number): Date => new Date(clock.now().getTime() - days * DAY_MS);
    const longest = Math.max(DEFAULT_DAYS, ...retentions.map(({ days }) => days));
    await database.asSystem((tx) => tx.query('SELECT drop_operation_partitions($1)', [daysAgo(longest)]));
    for (const { id, days } of retentions.filter(({ old }) => old))
      await database.asSystem((tx) =>
        tx.query(
          `DELETE FROM operations WHERE tenant_id = $1 AND (id, at) IN (SELECT id, at FROM operations WHERE ${OLD} ORDER BY id LIMIT ${SLICE})`,
          [id, daysAgo(days)],
        ),
      );
    const kept = [retentions.map(({ id }) => id), retentions.map(({ days }) => daysAgo(days))];
    for (const sql of SETTLED) await database.asSystem((tx) => tx.query(sql, kept));
  },
});

const DEFAULT_DAYS = DEFAULT_PROVISIONING_SETTINGS.evidence.keepDays;

/** What each tenant keeps, and whether it has older rows. */
const RETENTIONS = `
  SELECT r.id, r.days, EXISTS (SELECT FROM operations WHERE ${OLD.replaceAll('$1', 'r.id').replaceAll('$2', 'r.before')}) AS old
  FROM (SELECT t.id, coalesce((s.value #>> '{evidence,keepDays}')::int, $2) AS days,
          $3::timestamptz - coalesce((s.value #>> '{evidence,keepDays}')::int, $2) * interval '1 day' AS before
        FROM tenants t LEFT JOIN settings s ON s.tenant_id = t.id AND s.section = $1) r`;
