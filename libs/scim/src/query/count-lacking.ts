import type { Tx } from '@tenure/platform';
import type { RegisteredSchema } from '../schema/catalogue.js';

/** Raw resources of a type; `$4` is its name. */
const RESOURCES = `
  SELECT raw FROM source_records WHERE tenant_id = $1 AND $4 = 'User' AND folded IS NOT NULL AND deleted_at IS NULL
  UNION ALL SELECT raw FROM scim_groups WHERE tenant_id = $1 AND $4 = 'Group'
  UNION ALL SELECT r.raw FROM scim_resources r JOIN scim_resource_types t ON t.tenant_id = r.tenant_id AND t.id = r.type_id
    WHERE r.tenant_id = $1 AND t.name = $4`;

/** How many stored resources lack what a schema requires that is registered now. Names have no case. */
export async function countLacking(tx: Tx, { resourceType, required, schema }: RegisteredSchema): Promise<number> {
  const names = schema.attributes
    .filter((one) => one.required && one.mutability !== 'readOnly' && one.mutability !== 'writeOnly')
    .map(({ name }) => name.toLowerCase());
  if (!required && names.length === 0) return 0;
  const [row] = await tx.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM (${RESOURCES}) r
       LEFT JOIN LATERAL (SELECT value FROM jsonb_each(r.raw) WHERE lower(key) = $2 AND jsonb_typeof(value) = 'object' LIMIT 1) e ON true
     WHERE CASE WHEN e.value IS NULL THEN $5::boolean ELSE EXISTS (
       SELECT FROM unnest($3::text[]) AS name WHERE NOT EXISTS (
         SELECT FROM jsonb_each(e.value) WHERE lower(key) = name AND value NOT IN ('null', '[]', '""'))) END`,
    [tx.tenantId, schema.id.toLowerCase(), names, resourceType, required],
  );
  return row?.n ?? 0;
}
