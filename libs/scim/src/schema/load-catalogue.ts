import type { Tx } from '@tenure/platform';
import { catalogueOf, type Catalogue, type RegisteredSchema, type RegisteredType } from './catalogue.js';

/** What the tenant's resources are made of now, for who works without a client's token. */
export async function loadCatalogue(tx: Tx): Promise<Catalogue> {
  const [schemas, types] = await Promise.all([
    tx.query<RegisteredSchema>(
      'SELECT resource_type AS "resourceType", required, definition AS schema FROM scim_schemas WHERE tenant_id = $1 ORDER BY id',
      [tx.tenantId],
    ),
    tx.query<RegisteredType>(
      'SELECT id, name, endpoint, description, definition AS schema FROM scim_resource_types WHERE tenant_id = $1 ORDER BY id',
      [tx.tenantId],
    ),
  ]);
  return catalogueOf(schemas, types);
}
