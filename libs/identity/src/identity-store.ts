import { createHash } from 'node:crypto';
import type { Tx } from '@tenure/platform';
import type { Candidate } from './correlate.js';
import type { Identity } from './identity.entity.js';
import type { Statement } from './merge-person.js';
import type { Person } from './person.js';
import type { IdentityDecision } from './decide-identity.js';
import { keyOf } from './normalise.js';
import type { SourceKind } from './source.entity.js';

/** A key that a statement is about, or (shared) one that it only looks for. */
export interface KeyLock {
  readonly key: string;
  readonly shared: boolean;
}

/**
 * Serialises everybody who says something about the same keys, in one order for all, until the transaction ends:
 * two first records of one person cannot both find nobody, and a report and its manager who come at once find each other.
 */
export async function lockKeys(tx: Tx, keys: readonly KeyLock[]): Promise<void> {
  const locks = keys
    .map(({ key, shared }) => ({
      number: createHash('sha256').update(`${tx.tenantId}|${key}`).digest().readBigInt64BE(0),
      shared,
    }))
    .sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : Number(a.shared) - Number(b.shared)));
  await tx.query(
    `SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END
     FROM unnest($1::bigint[], $2::boolean[]) AS lock (key, shared)`,
    [locks.map(({ number }) => number.toString()), locks.map(({ shared }) => shared)],
  );
}

/** Identities that share the employee number or the e-mail address with a record of `sourceId`. */
export function findCandidates(
  tx: Tx,
  sourceId: string,
  employeeNumber: string | null,
  emailKey: string | null,
): Promise<Candidate[]> {
  return tx.query<Candidate>(
    `SELECT found.id AS "identityId", found.by, found.employee_number AS "employeeNumber",
       EXISTS (SELECT FROM source_records r WHERE r.tenant_id = $1 AND r.identity_id = found.id AND r.source_id = $2
               AND r.deleted_at IS NULL) AS "heldBySource"
     FROM (SELECT id, employee_number, 'employee_number' AS by FROM identities WHERE tenant_id = $1 AND employee_number = $3
           UNION ALL
           SELECT id, employee_number, 'email' FROM identities WHERE tenant_id = $1 AND email_key = $4) found`,
    [tx.tenantId, sourceId, employeeNumber, emailKey],
  );
}

const COLUMNS = `tenant_id AS "tenantId", id, state, attributes, lineage, user_name AS "userName", user_name_key AS "userNameKey", email,
  email_key AS "emailKey", employee_number AS "employeeNumber", display_name AS "displayName", department, manager_number AS "managerNumber",
  manager_id AS "managerId", is_manager AS "isManager", due_at AS "dueAt", version, access_version AS "accessVersion", urgent, cause,
  created_at AS "createdAt", changed_at AS "changedAt", behind_since AS "behindSince", changed_fields AS "changedFields",
  protected_reason AS "protectedReason", access_due_at AS "accessDueAt"`;

/** Reads identities and keeps others from changing them, in one order for all. */
export async function lockIdentities(tx: Tx, ids: readonly string[]): Promise<Identity[]> {
  if (ids.length === 0) return [];
  return tx.query<Identity>(
    `SELECT ${COLUMNS} FROM identities WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE`,
    [tx.tenantId, ids],
  );
}

/**
 * Locks those identities whose access is behind. One that another worker holds is that worker's. Whoever changes the rules of
 * access takes the same advisory lock alone, and so waits for everybody who still computes with the old ones.
 */
export async function lockBehind(tx: Tx, ids: readonly string[]): Promise<Identity[]> {
  return tx.query<Identity>(
    `SELECT ${COLUMNS} FROM identities WHERE tenant_id = $1 AND id = ANY($2) AND access_version < version
       AND (SELECT pg_advisory_xact_lock_shared(hashtextextended('access-rules|' || $1::uuid::text, 0)) IS NOT NULL)
     ORDER BY id FOR UPDATE SKIP LOCKED`,
    [tx.tenantId, ids],
  );
}

interface StatementRow {
  source_id: string;
  kind: SourceKind;
  rank: number;
  id: string;
  version: number;
  attributes: Person;
  field_times: Statement['fieldTimes'];
  disputed: Statement['disputed'];
  deleted_at: Date | null;
  missing_since: Date | null;
  missing_hold: string | null;
}

/** Everything that is said of one identity. */
export async function statementsOf(tx: Tx, identityId: string): Promise<Statement[]> {
  const rows = await tx.query<StatementRow>(
    `SELECT r.source_id, s.kind, s.rank, r.id, r.version, r.attributes, r.field_times, r.disputed, r.deleted_at, r.missing_since, r.missing_hold
     FROM source_records r JOIN sources s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
     WHERE r.tenant_id = $1 AND r.identity_id = $2`,
    [tx.tenantId, identityId],
  );
  return rows.map((row) => ({
    sourceId: row.source_id,
    rank: row.rank,
    recordId: row.id,
    kind: row.kind,
    recordVersion: row.version,
    person: row.attributes,
    fieldTimes: row.field_times,
    disputed: row.disputed,
    removed: row.deleted_at !== null,
    missing: row.missing_since && { since: row.missing_since, held: row.missing_hold !== null },
  }));
}

export async function identityIdOfEmployee(tx: Tx, employeeNumber: string | null): Promise<string | null> {
  if (employeeNumber === null) return null;
  const [found] = await tx.query<{ id: string }>(
    'SELECT id FROM identities WHERE tenant_id = $1 AND employee_number = $2',
    [tx.tenantId, employeeNumber],
  );
  return found?.id ?? null;
}

/** People who named this employee number as their manager before that person was known. */
export async function awaitingManager(tx: Tx, employeeNumber: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'SELECT id FROM identities WHERE tenant_id = $1 AND manager_number = $2 AND manager_id IS NULL',
    [tx.tenantId, employeeNumber],
  );
  return rows.map((row) => row.id);
}

export async function hasReports(tx: Tx, identityId: string): Promise<boolean> {
  const rows = await tx.query(
    "SELECT FROM identities WHERE tenant_id = $1 AND manager_id = $2 AND state NOT IN ('terminated', 'purged') LIMIT 1",
    [tx.tenantId, identityId],
  );
  return rows.length > 0;
}

/** Writes what was decided, new or changed. An event raises the version, and so leaves access behind. */
export async function writeIdentity(
  tx: Tx,
  id: string,
  decision: IdentityDecision,
  cause: string | null,
  now: Date,
): Promise<void> {
  const { merged, after, dueAt, event, urgent } = decision;
  const { userName, email, employeeNumber, displayName, department, managerEmployeeNumber } = after.person;
  await tx.query(
    `INSERT INTO identities AS i (tenant_id, id, state, attributes, lineage, user_name, user_name_key, email, email_key, employee_number,
       display_name, department, manager_number, manager_id, due_at, version, urgent, cause, created_at, changed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)
     ON CONFLICT (tenant_id, id) DO UPDATE SET
       state = excluded.state, attributes = excluded.attributes, lineage = excluded.lineage, user_name = excluded.user_name,
       user_name_key = excluded.user_name_key, email = excluded.email, email_key = excluded.email_key,
       employee_number = excluded.employee_number, display_name = excluded.display_name, department = excluded.department,
       manager_number = excluded.manager_number, manager_id = excluded.manager_id, due_at = excluded.due_at,
       version = i.version + excluded.version, urgent = excluded.urgent OR (i.urgent AND i.access_version < i.version),
       cause = coalesce(excluded.cause, i.cause), changed_at = excluded.changed_at,
       behind_since = CASE WHEN excluded.version > 0 THEN clock_timestamp() ELSE i.behind_since END`,
    [
      tx.tenantId, id, after.state, JSON.stringify(after.person), JSON.stringify(merged.lineage), userName, keyOf(userName), email,
      keyOf(email), employeeNumber, displayName, department, managerEmployeeNumber, after.managerId, dueAt, event === null ? 0 : 1,
      urgent, cause, now,
    ],
  ); // prettier-ignore
}

/** Writes whether somebody has reports, which raises the version. */
export async function writeIsManager(tx: Tx, id: string, isManager: boolean, cause: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE identities SET is_manager = $3, version = version + 1, cause = $4, changed_at = $5, behind_since = clock_timestamp()
     WHERE tenant_id = $1 AND id = $2`,
    [tx.tenantId, id, isManager, cause, now],
  );
}
