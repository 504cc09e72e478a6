import { createHash } from 'node:crypto';
import type { Tx } from '@tenure/platform';
import type { Source } from '@tenure/identity';
import { hasUniqueValues, listUniqueValues, type UniqueValue } from './list-unique-values.js';
import type { Values } from '../schema/read-value.js';
import type { ScimCall } from './scim-call.js';
import { ScimError } from '../protocol/scim-error.js';
import type { ResourceType } from '../schema/schema-model.js';

interface UniqueRow {
  /** Among whom it is unique: the source, or the tenant. */
  readonly scope_id: string;
  readonly path: string;
  /** A digest, because a value may be longer than an index takes. */
  readonly digest: string;
}

/**
 * Claims the values of a resource that must be unique; a refusal when one is another's. One that was there `before` its schema is
 * not asked again: no other change is held up by it.
 */
export async function keepUnique(
  tx: Tx,
  { source }: ScimCall,
  type: ResourceType,
  id: string,
  resource: Values,
  before: Values = {},
): Promise<void> {
  if (!hasUniqueValues(type)) return;
  const keyOf = ({ path: at, key }: UniqueValue): string => JSON.stringify([at, key]);
  const old = new Set(listUniqueValues(type, before).map(keyOf));
  const fresh = new Set(listUniqueValues(type, resource).flatMap((one) => (old.has(keyOf(one)) ? [] : [one.path])));
  const [path] = (await claimUnique(tx, source, type, id, resource)).filter((one) => fresh.has(one));
  if (path === undefined) return;
  throw new ScimError(409, `Another ${type.name} has the same ${path}, which has to be unique.`, 'uniqueness');
}

/**
 * Claims the unique values of a resource, and lets go of those that it has no more. A row per value: of two resources that
 * want one at once, the second waits for the first. Returns the paths of values that are another's.
 */
export async function claimUnique(
  tx: Tx,
  source: Pick<Source, 'id'>,
  type: ResourceType,
  id: string,
  resource: Values,
): Promise<readonly string[]> {
  if (!hasUniqueValues(type)) return [];
  const wanted = listUniqueValues(type, resource).map((value) => rowOf(tx.tenantId, source.id, type, value));
  const rows = JSON.stringify([...new Map(wanted.map((row) => [JSON.stringify(row), row])).values()]);
  await tx.query(
    `DELETE FROM scim_unique_values u WHERE tenant_id = $1 AND resource_id = $2 AND NOT EXISTS (
       SELECT FROM jsonb_to_recordset($3::jsonb) AS w (scope_id uuid, path text, digest text)
       WHERE w.scope_id = u.scope_id AND w.path = u.path AND w.digest = u.digest)`,
    [tx.tenantId, id, rows],
  );
  const taken = await tx.query<{ path: string }>(
    `WITH wanted AS (SELECT * FROM jsonb_to_recordset($3::jsonb) AS w (scope_id uuid, path text, digest text)),
       claimed AS (
         INSERT INTO scim_unique_values (tenant_id, scope_id, path, digest, resource_id)
         SELECT $1, scope_id, path, digest, $2 FROM wanted ORDER BY scope_id, path, digest
         ON CONFLICT (tenant_id, scope_id, path, digest) DO UPDATE SET resource_id = scim_unique_values.resource_id
         RETURNING path, resource_id)
     SELECT path FROM claimed WHERE resource_id <> $2 ORDER BY path`,
    [tx.tenantId, id, rows],
  );
  return taken.map(({ path }) => path.slice(path.indexOf(' ') + 1));
}

/** Of a resource that is gone; its values are free again. */
export async function forgetUnique(tx: Tx, type: ResourceType, id: string): Promise<void> {
  if (!hasUniqueValues(type)) return;
  await tx.query('DELETE FROM scim_unique_values WHERE tenant_id = $1 AND resource_id = $2', [tx.tenantId, id]);
}

const rowOf = (tenantId: string, sourceId: string, type: ResourceType, value: UniqueValue): UniqueRow => ({
  scope_id: value.scope === 'global' ? tenantId : sourceId,
  path: `${type.name} ${value.path}`,
  digest: createHash('sha256').update(value.key).digest('hex'),
});
