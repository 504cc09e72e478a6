import { isUuid, type Tx } from '@tenure/platform';
import type { Source } from '@tenure/identity';
import { ENTERPRISE_SCHEMA } from '../schema/core-schemas.js';
import { isValues, type Values } from '../schema/read-value.js';

const enterprise = (user: Values | null): Values => {
  const part = user?.[ENTERPRISE_SCHEMA];
  return isValues(part) ? part : {};
};

/** The user whom this one names as manager by the id that it has at this source; null for none, and for another word. */
export function managerOf(user: Values): string | null {
  const { manager } = enterprise(user);
  const value = isValues(manager) ? manager.value : undefined;
  return typeof value === 'string' && isUuid(value) ? value.toLowerCase() : null;
}

export interface ChangedUser {
  readonly id: string;
  /** Null for one who was not there. */
  readonly before: Values | null;
  readonly after: Values;
  /** Others may have named its id before it was there: in a bulk request, or because it was there earlier. */
  readonly wasNamed: boolean;
}

/** Keeps whom a user names as manager. Returns the users whose manager is to be found anew. */
export async function keepManager(tx: Tx, source: Source, user: ChangedUser, now: Date): Promise<readonly string[]> {
  const { id, before, after, wasNamed } = user;
  const manager = managerOf(after);
  const isSame = before !== null && managerOf(before) === manager;
  const isOther = !isSame && !(before === null && manager === null && !wasNamed);
  if (isOther) await name(tx, source, id, manager, now);
  const isFound =
    wasNamed || (before !== null && enterprise(before).employeeNumber !== enterprise(after).employeeNumber);
  return [...(isOther ? [id] : []), ...(isFound ? await reportsOf(tx, id) : [])];
}

async function name(tx: Tx, source: Source, id: string, manager: string | null, now: Date): Promise<void> {
  if (manager === null) return forgetManager(tx, id);
  await tx.query(
    `INSERT INTO scim_managers (tenant_id, record_id, source_id, manager_id, looked_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id, record_id) DO UPDATE SET manager_id = excluded.manager_id, number = NULL, looked_at = excluded.looked_at`,
    [tx.tenantId, id, source.id, manager, now],
  );
}

export async function forgetManager(tx: Tx, id: string): Promise<void> {
  await tx.query('DELETE FROM scim_managers WHERE tenant_id = $1 AND record_id = $2', [tx.tenantId, id]);
}

/** Users who name this one as their manager. */
export async function reportsOf(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'SELECT record_id AS id FROM scim_managers WHERE tenant_id = $1 AND manager_id = $2 ORDER BY record_id',
    [tx.tenantId, id],
  );
  return rows.map((row) => row.id);
}

/** The employee numbers of the managers of these users, as identities know them, or what stands for one; null where nobody is known (yet). */
export async function managerNumbers(
  tx: Tx,
  recordIds: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const rows = await tx.query<{ id: string; number: string | null }>(
    `WITH found AS (
       SELECT m.record_id, coalesce(i.employee_number, '@' || i.id) AS number FROM scim_managers m
         LEFT JOIN source_records r ON r.tenant_id = m.tenant_id AND r.id = m.manager_id AND r.source_id = m.source_id AND r.deleted_at IS NULL
         LEFT JOIN identities i ON i.tenant_id = r.tenant_id AND i.id = r.identity_id
       WHERE m.tenant_id = $1 AND m.record_id = ANY($2)),
     kept AS (
       UPDATE scim_managers m SET number = f.number FROM found f
       WHERE m.tenant_id = $1 AND m.record_id = f.record_id AND m.number IS DISTINCT FROM f.number)
     SELECT record_id AS id, number FROM found`,
    [tx.tenantId, recordIds],
  );
  return new Map(rows.map(({ id, number }) => [id, number]));
}
