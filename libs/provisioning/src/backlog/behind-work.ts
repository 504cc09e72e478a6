import type { Timer, Tx } from '@tenure/platform';
import { BEHIND, maintenanceUntil, WorkHints, type MaintenanceWindow, type Work } from '@tenure/applications';

/** So many of one tenant are announced in one look; the others in the next, and those that work announce themselves. */
const PER_TENANT = 64;

const CAN_RUN = `${BEHIND} AND runnable`;
const IS_FREE = '(lease_until IS NULL OR lease_until < clock_timestamp())';
// An EXISTS would drop the order, by which the partial index is taken: PostgreSQL believes that a third of all rows are behind.
const dueAccount = (priorities: string): string => `(
  SELECT true FROM accounts WHERE tenant_id = s.tenant_id AND application_id = s.application_id AND shard = s.shard AND ${CAN_RUN}
    AND ${priorities} AND due_at <= clock_timestamp() AND protected_reason IS NULL AND ${IS_FREE}
  ORDER BY priority, due_at LIMIT 1)`;

const MEMBER_BEHIND = 'wanted IS DISTINCT FROM held AND runnable';
/**
 * A membership of the group `g` that may be worked on: an addition once its account is there, a removal where the mode removes.
 * `OFFSET 0` keeps the look-up of the account by its key: a table that was filled since it was last analysed looks small, and the
 * planner would read it once for each membership.
 */
const dueMember = (priority: string): string => `(
  SELECT true FROM entitlement_members m CROSS JOIN LATERAL (
    SELECT remote_id, protected_reason FROM accounts WHERE tenant_id = m.tenant_id AND id = m.account_id OFFSET 0) a
  WHERE m.tenant_id = g.tenant_id AND m.application_id = g.application_id AND m.entitlement_id = g.entitlement_id
    AND m.wanted IS DISTINCT FROM m.held AND m.runnable AND ${priority} AND a.protected_reason IS NULL
    AND CASE WHEN m.wanted THEN a.remote_id IS NOT NULL ELSE r.mode = 'enforce' END
  ORDER BY m.priority LIMIT 1)`;

/**
 * Accounts and memberships that are behind and due, where the application may be worked on: hints that were lost, retries,
 * quarantines that ran out. The index of what is behind is skipped from one shard to the next, so that a tenant with a
 * hundred thousand accounts behind costs as much as one with a single account, and hides nobody. What a stopped tenant has
 * is left out where it is counted.
 */
const DUE = `
  WITH RECURSIVE shards AS (
    (SELECT tenant_id, application_id, shard FROM accounts WHERE ${CAN_RUN} ORDER BY tenant_id, application_id, shard LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.application_id, n.shard FROM shards s CROSS JOIN LATERAL (
      SELECT tenant_id, application_id, shard FROM accounts
      WHERE ${CAN_RUN} AND (tenant_id, application_id, shard) > (s.tenant_id, s.application_id, s.shard)
      ORDER BY tenant_id, application_id, shard LIMIT 1) n),
  stopped AS MATERIALIZED (SELECT coalesce(array_agg(id), '{}') AS ids FROM tenants WHERE stopped_at IS NOT NULL),
  ready AS (
    SELECT tenant_id, id, connector, mode, maintenance FROM applications
    WHERE (quarantined_until IS NULL OR quarantined_until <= clock_timestamp()) AND (paused_until IS NULL OR paused_until <= clock_timestamp())
      AND (pause IS NULL OR (pause->>'until')::timestamptz <= clock_timestamp())
      AND tenant_id <> ALL ((SELECT ids FROM stopped)::uuid[])),
  due_accounts AS (
    SELECT s.tenant_id, s.application_id, s.shard, lane.urgent FROM shards s
    JOIN ready r ON r.tenant_id = s.tenant_id AND r.id = s.application_id
    CROSS JOIN LATERAL (
      SELECT true AS urgent WHERE ${dueAccount('priority = 0')} UNION ALL SELECT false WHERE ${dueAccount('priority > 0')}) lane),
  behind_groups AS (
    (SELECT tenant_id, application_id, entitlement_id FROM entitlement_members WHERE ${MEMBER_BEHIND} ORDER BY tenant_id, application_id, entitlement_id LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.application_id, n.entitlement_id FROM behind_groups g CROSS JOIN LATERAL (
      SELECT tenant_id, application_id, entitlement_id FROM entitlement_members
      WHERE ${MEMBER_BEHIND} AND (tenant_id, application_id, entitlement_id) > (g.tenant_id, g.application_id, g.entitlement_id)
      ORDER BY tenant_id, application_id, entitlement_id LIMIT 1) n),
  due_members AS (
    SELECT e.tenant_id, e.application_id, e.shard, lane.urgent FROM behind_groups g
    JOIN ready r ON r.tenant_id = g.tenant_id AND r.id = g.application_id AND r.mode <> 'observe'
    JOIN entitlements e ON e.tenant_id = g.tenant_id AND e.id = g.entitlement_id AND e.runnable AND e.due_at <= clock_timestamp()
      AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())
    CROSS JOIN LATERAL (
      SELECT true AS urgent WHERE ${dueMember('m.priority = 0')} UNION ALL SELECT false WHERE ${dueMember('m.priority > 0')}) lane),
  reshaped AS (
    SELECT DISTINCT e.tenant_id, e.application_id, e.shard FROM entitlements e
    WHERE e.remote_id IS NOT NULL AND e.error IS NULL AND (e.applied_name IS DISTINCT FROM e.name OR e.removed_at IS NOT NULL)
      AND e.runnable AND e.due_at <= clock_timestamp() AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())),
  due AS (
    SELECT tenant_id, application_id, shard, urgent, false AS reshapes FROM due_accounts
    UNION ALL SELECT tenant_id, application_id, shard, false, true FROM reshaped
    UNION ALL SELECT tenant_id, application_id, shard, urgent, false FROM due_members),
  works AS (
    SELECT DISTINCT ready.tenant_id, ready.id, ready.connector, ready.maintenance, due.shard, due.urgent FROM due
    JOIN ready ON ready.tenant_id = due.tenant_id AND ready.id = due.application_id
    WHERE NOT due.reshapes OR ready.mode = 'enforce'),
  ranked AS (SELECT *, row_number() OVER (PARTITION BY tenant_id, urgent ORDER BY random()) AS place FROM works)
  SELECT tenant_id AS "tenantId", id AS "applicationId", connector, shard, urgent, maintenance FROM ranked
  WHERE place <= ${PER_TENANT} ORDER BY place`;

interface Due extends Work {
  readonly maintenance: readonly MaintenanceWindow[];
}

/** Where work may go on now. */
async function dueWork(tx: Tx): Promise<Work[]> {
  const due = await tx.prepared<Due>(DUE);
  const now = new Date();
  return due
    .filter(({ maintenance }) => maintenance.length === 0 || maintenanceUntil(maintenance, now) === null)
    .map(({ maintenance: _, ...work }) => work);
}

/** Announces the applications that have work, whoever left it; of each tenant the same number first. */
export const behindWorkTimer = (hints: WorkHints, everyMs: number): Timer => ({
  name: 'behind-work',
  everyMs,
  run: async (tx) => {
    for (const work of await dueWork(tx)) tx.afterCommit(() => hints.now(work));
  },
});
