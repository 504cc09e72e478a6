import type { Timer } from '@tenure/platform';
import { BEHIND, WorkHints, type Work } from '@tenure/applications';

/**
 * Accounts and memberships that are behind and due, where the application may be worked on: hints that were lost, retries,
 * quarantines that ran out. What a stopped tenant has must not fill the limits: it is left out where it is counted.
 */
const DUE = `
  WITH stopped AS MATERIALIZED (SELECT coalesce(array_agg(id), '{}') AS ids FROM tenants WHERE stopped_at IS NOT NULL),
  ready AS (
    SELECT tenant_id, id, connector, mode FROM applications
    WHERE (quarantined_until IS NULL OR quarantined_until <= clock_timestamp()) AND (paused_until IS NULL OR paused_until <= clock_timestamp())
      AND (pause IS NULL OR (pause->>'until')::timestamptz <= clock_timestamp())),
  due_accounts AS (
    SELECT tenant_id, application_id, shard, priority = 0 AS urgent FROM accounts
    WHERE ${BEHIND} AND runnable AND due_at <= clock_timestamp() AND protected_reason IS NULL
      AND tenant_id <> ALL ((SELECT ids FROM stopped)::uuid[]) AND (lease_until IS NULL OR lease_until < clock_timestamp())
    ORDER BY due_at LIMIT 20000),
  due_members AS (
    SELECT e.tenant_id, e.application_id, e.shard, m.priority = 0 AS urgent, m.wanted
    FROM entitlement_members m
    JOIN entitlements e ON e.tenant_id = m.tenant_id AND e.id = m.entitlement_id
    JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
    WHERE m.wanted IS DISTINCT FROM m.held AND m.runnable AND e.runnable AND e.due_at <= clock_timestamp() AND a.protected_reason IS NULL
      AND m.tenant_id <> ALL ((SELECT ids FROM stopped)::uuid[]) AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp()) AND (NOT m.wanted OR a.remote_id IS NOT NULL)
    LIMIT 20000)
  SELECT DISTINCT ready.tenant_id AS "tenantId", ready.id AS "applicationId", ready.connector, due.shard, due.urgent
  FROM (SELECT tenant_id, application_id, shard, urgent, true AS account, true AS adds FROM due_accounts
        UNION ALL SELECT tenant_id, application_id, shard, urgent, false, wanted FROM due_members) due
  JOIN ready ON ready.tenant_id = due.tenant_id AND ready.id = due.application_id
  WHERE due.account OR ready.mode = 'enforce' OR (ready.mode = 'add_only' AND due.adds)`;

/** Announces the applications that have work, whoever left it. */
export const behindWorkTimer = (hints: WorkHints, everyMs: number): Timer => ({
  name: 'behind-work',
  everyMs,
  run: async (tx) => {
    for (const work of await tx.query<Work>(DUE)) tx.afterCommit(() => hints.now(work));
  },
});
