import type { Tx } from '@tenure/platform';
import type { IdentityDecision } from './decide-identity.js';
import type { Identity } from '../model/identity.entity.js';
import { keyOf } from '../model/normalise.js';
import type { Override } from '../model/override.entity.js';

const COLUMNS = `i.tenant_id AS "tenantId", i.id, i.state, i.attributes, i.lineage, i.user_name AS "userName", i.user_name_key AS "userNameKey",
  i.email, i.email_key AS "emailKey", i.employee_number AS "employeeNumber", i.display_name AS "displayName", i.department,
  i.manager_number AS "managerNumber", i.manager_id AS "managerId", i.is_manager AS "isManager", i.due_at AS "dueAt", i.version,
  i.access_version AS "accessVersion", i.urgent, i.cause, i.created_at AS "createdAt", i.changed_at AS "changedAt",
  i.behind_since AS "behindSince", i.name_key AS "nameKey", i.family_name_key AS "familyNameKey", i.protected_reason AS "protectedReason",
  i.merged_into AS "mergedInto", i.manager_cycle AS "managerCycle", i.state_since AS "stateSince", i.state_reason AS "stateReason",
  i.changed_fields AS "changedFields", i.access_due_at AS "accessDueAt"`;

/** An identity that nobody else changes until the transaction ends, with what its state follows from besides the records. */
export interface LockedIdentity extends Identity {
  readonly override: Pick<Override, 'id' | 'state' | 'startsAt' | 'endsAt'> | null;
  /** The version of the tenant's rules; 0 while it never set any. */
  readonly rulesVersion: number;
}

type LockedRow = Omit<LockedIdentity, 'override'> & {
  readonly override: { id: string; state: Override['state']; starts_at: string; ends_at: string | null } | null;
};

/** Reads identities and keeps others from changing them, in one order for all. */
export async function lockIdentities(tx: Tx, ids: readonly string[]): Promise<LockedIdentity[]> {
  if (ids.length === 0) return [];
  // One is what nearly everybody asks for, and PostgreSQL keeps no plan for a list of unknown length.
  const [which, of] = ids.length === 1 ? ['= $2', ids[0]] : ['= ANY($2)', ids];
  const rows = await tx.prepared<LockedRow>(
    `SELECT ${COLUMNS},
       (SELECT to_jsonb(o) FROM overrides o WHERE o.tenant_id = i.tenant_id AND o.identity_id = i.id AND o.ended_at IS NULL) AS override,
       coalesce((SELECT version FROM settings WHERE tenant_id = $1 AND section = 'identity'), 0) AS "rulesVersion"
     FROM identities i WHERE i.tenant_id = $1 AND i.id ${which} ORDER BY i.id FOR UPDATE OF i`,
    [tx.tenantId, of],
  );
  return rows.map((row) => ({ ...row, override: row.override && readOverride(row.override) }));
}

const readOverride = ({
  id,
  state,
  starts_at,
  ends_at,
}: NonNullable<LockedRow['override']>): LockedIdentity['override'] => ({
  id,
  state,
  startsAt: new Date(starts_at),
  endsAt: ends_at === null ? null : new Date(ends_at),
});

/**
 * Locks those identities whose access is behind. One that another worker holds is that worker's. Whoever changes the rules of
 * access takes the same advisory lock alone, and so waits for everybody who still computes with the old ones.
 */
export async function lockBehind(tx: Tx, ids: readonly string[]): Promise<Identity[]> {
  return tx.query<Identity>(
    `SELECT ${COLUMNS} FROM identities i WHERE i.tenant_id = $1 AND i.id = ANY($2) AND i.access_version < i.version
       AND (SELECT pg_advisory_xact_lock_shared(hashtextextended('access-rules|' || $1::uuid::text, 0)) IS NOT NULL)
     ORDER BY i.id FOR UPDATE SKIP LOCKED`,
    [tx.tenantId, ids],
  );
}

/** What else is written with a decision. */
export interface IdentityWrite {
  readonly managerCycle: boolean;
  readonly cause: string | null;
  readonly now: Date;
}

/** Writes what was decided, new or changed. An event raises the version, and so leaves access behind. */
export async function writeIdentity(
  tx: Tx,
  id: string,
  decision: IdentityDecision,
  { managerCycle, cause, now }: IdentityWrite,
): Promise<void> {
  const { merged, after, dueAt, event, urgent, nameKey, familyNameKey, stateSince, stateReason, changedFields } =
    decision;
  const { userName, email, employeeNumber, displayName, department, managerEmployeeNumber } = after.person;
  await tx.prepared(
    `INSERT INTO identities AS i (tenant_id, id, state, attributes, lineage, user_name, user_name_key, email, email_key, employee_number,
       display_name, department, manager_number, manager_id, due_at, version, urgent, cause, created_at, changed_at, name_key,
       family_name_key, manager_cycle, state_since, state_reason, changed_fields)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $20, $21, $22, $23, $24, $25)
     ON CONFLICT (tenant_id, id) DO UPDATE SET
       state = excluded.state, attributes = excluded.attributes, lineage = excluded.lineage, user_name = excluded.user_name,
       user_name_key = excluded.user_name_key, email = excluded.email, email_key = excluded.email_key,
       employee_number = excluded.employee_number, display_name = excluded.display_name, department = excluded.department,
       manager_number = excluded.manager_number, manager_id = excluded.manager_id, due_at = excluded.due_at,
       version = i.version + excluded.version, urgent = excluded.urgent OR (i.urgent AND i.access_version < i.version),
       cause = coalesce(excluded.cause, i.cause), changed_at = excluded.changed_at, name_key = excluded.name_key,
       family_name_key = excluded.family_name_key, manager_cycle = excluded.manager_cycle, state_since = excluded.state_since,
       state_reason = excluded.state_reason, changed_fields = ARRAY(SELECT unnest(i.changed_fields) UNION SELECT unnest(excluded.changed_fields)),
       behind_since = CASE WHEN excluded.version > 0 THEN clock_timestamp() ELSE i.behind_since END`,
    [
      tx.tenantId,
      id,
      after.state,
      JSON.stringify(after.person),
      JSON.stringify(merged.lineage),
      userName,
      keyOf(userName),
      email,
      keyOf(email),
      employeeNumber,
      displayName,
      department,
      managerEmployeeNumber,
      after.managerId,
      dueAt,
      event === null ? 0 : 1,
      urgent,
      cause,
      now,
      nameKey,
      familyNameKey,
      managerCycle,
      stateSince,
      JSON.stringify(stateReason),
      event === null ? [] : changedFields,
    ],
  );
}

/** Writes whether somebody has reports, which raises the version. */
export async function writeIsManager(tx: Tx, id: string, isManager: boolean, cause: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE identities SET is_manager = $3, version = version + 1, cause = $4, changed_at = $5, behind_since = clock_timestamp(),
       changed_fields = ARRAY(SELECT unnest(changed_fields) UNION SELECT 'isManager')
     WHERE tenant_id = $1 AND id = $2`,
    [tx.tenantId, id, isManager, cause, now],
  );
}
