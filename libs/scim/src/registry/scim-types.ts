import { Clock, newId, Refusal, type Tx, type ErrorCode } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { readType } from '../schema/read-schema.js';
import type { Values } from '../schema/read-value.js';
import { ScimResourceType } from '../resources/scim-resource.entity.js';

/** Resource types that a tenant registers: from the commit on clients can write resources of them. */
export class ScimTypes {
  constructor(private readonly clock: Clock) {}

  async register(tx: Tx, by: Actor, input: Values): Promise<{ id: string }> {
    const { registered, faults } = readType(input);
    if (faults.length > 0) throw new Refusal('type_invalid', 'The resource type has mistakes; each is listed.', faults);
    const { name, endpoint, description, schema } = registered;
    await assertFree(tx, { urn: schema.id, name, endpoint });
    const id = newId();
    const now = this.clock.now();
    await tx.repository(ScimResourceType).insert({
      ...{ tenantId: tx.tenantId, id, name, endpoint, description, definition: schema, createdAt: now },
      ...{ nameKey: name.toLowerCase(), endpointKey: endpoint.toLowerCase(), urnKey: schema.id.toLowerCase() },
    });
    await this.tell(tx, by, 'scim_type.registered', { typeId: id, name, endpoint, urn: schema.id });
    return { id };
  }

  list(tx: Tx): Promise<ScimResourceType[]> {
    return tx.repository(ScimResourceType).find({ where: { tenantId: tx.tenantId }, order: { id: 'ASC' } });
  }

  /** Only of a type of which there are no resources: clients would lose what they wrote. */
  async remove(tx: Tx, by: Actor, id: string): Promise<void> {
    const where = { tenantId: tx.tenantId, id };
    await tx.query('SELECT FROM scim_resource_types WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
    const known = await tx.repository(ScimResourceType).findOneBy(where);
    if (!known) throw new Refusal('type_not_found', `There is no resource type with the id ${id}.`);
    const [used] = await tx.query('SELECT FROM scim_resources WHERE tenant_id = $1 AND type_id = $2 LIMIT 1', [
      tx.tenantId,
      id,
    ]);
    if (used) throw new Refusal('type_in_use', `There are resources of the type ${known.name}; delete them first.`);
    const extended = 'SELECT FROM scim_schemas WHERE tenant_id = $1 AND resource_type = $2 LIMIT 1';
    if ((await tx.query(extended, [tx.tenantId, known.name])).length > 0)
      throw new Refusal('type_in_use', `There are extensions of the type ${known.name}; remove them first.`);
    await tx.repository(ScimResourceType).delete(where);
    await this.tell(tx, by, 'scim_type.removed', { typeId: id, name: known.name });
  }

  private tell(
    tx: Tx,
    by: Actor,
    verb: 'scim_type.registered' | 'scim_type.removed',
    payload: object,
  ): Promise<string> {
    const subject = { subjectKind: 'tenant', subjectId: tx.tenantId } as const;
    return appendFact(tx, by, this.clock.now(), { verb, ...subject, payload: { ...payload } });
  }
}

const CORE_TYPES: ReadonlySet<string> = new Set(['User', 'Group']);

interface Wanted {
  readonly urn: string;
  readonly name?: string;
  readonly endpoint?: string;
  /** What a schema extends. */
  readonly resourceType?: string;
}

/** Schemas and types share their URNs, so whoever registers either waits for the others of the tenant. */
export async function assertFree(
  tx: Tx,
  { urn, name = '', endpoint = '', resourceType = 'User' }: Wanted,
): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('scim-schemas|' || $1::text, 0))", [tx.tenantId]);
  const keys = [urn, name, endpoint].map((word) => word.toLowerCase());
  const [row] = await tx.query<{ urn: boolean; name: boolean; endpoint: boolean; extended: boolean }>(
    `SELECT EXISTS (SELECT FROM scim_schemas WHERE tenant_id = $1 AND urn_key = $2)
         OR EXISTS (SELECT FROM scim_resource_types WHERE tenant_id = $1 AND urn_key = $2) AS urn,
       EXISTS (SELECT FROM scim_resource_types WHERE tenant_id = $1 AND name_key = $3) AS name,
       EXISTS (SELECT FROM scim_resource_types WHERE tenant_id = $1 AND endpoint_key = $4) AS endpoint,
       EXISTS (SELECT FROM scim_resource_types WHERE tenant_id = $1 AND name = $5) AS extended`,
    [tx.tenantId, ...keys, resourceType],
  );
  const taken = (code: ErrorCode, words: string): Refusal => new Refusal(code, `There is ${words} already.`);
  if (!row) return;
  if (row.urn) throw taken('urn_taken', `a schema with the URN ${urn}`);
  if (row.name) throw taken('name_taken', `a resource type with the name ${name}`);
  if (row.endpoint) throw taken('endpoint_taken', `a resource type at ${endpoint}`);
  if (!CORE_TYPES.has(resourceType) && !row.extended)
    throw new Refusal('schema_invalid', 'The schema has mistakes; each is listed.', [
      { path: 'resourceType', message: 'must be User, Group or the name of a resource type of your own' },
    ]);
}
