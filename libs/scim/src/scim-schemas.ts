import { Clock, newId, Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { readSchema } from './read-schema.js';
import type { Values } from './read-value.js';
import { ScimSchema } from './scim-client.entity.js';
import { assertFree } from './scim-types.js';

/** Extensions that a tenant registers: in force with the commit, for discovery, validation, filters, PATCH and policies. */
export class ScimSchemas {
  constructor(private readonly clock: Clock) {}

  async register(tx: Tx, by: Actor, input: Values): Promise<{ id: string }> {
    const { registered, faults } = readSchema(input);
    if (faults.length > 0)
      throw new Refusal('unprocessable', 'schema_invalid', 'The schema has mistakes; each is listed.', faults);
    const { schema, resourceType, required } = registered;
    await assertFree(tx, { urn: schema.id, resourceType });
    const id = newId();
    const now = this.clock.now();
    const row = { tenantId: tx.tenantId, id, urnKey: schema.id.toLowerCase(), resourceType, required, createdAt: now };
    await tx.repository(ScimSchema).insert({ ...row, definition: schema });
    const payload = { schemaId: id, urn: schema.id, resourceType };
    await appendFact(tx, by, now, {
      verb: 'scim_schema.registered',
      subjectKind: 'tenant',
      subjectId: tx.tenantId,
      payload,
    });
    return { id };
  }

  async list(tx: Tx): Promise<ScimSchema[]> {
    return tx.repository(ScimSchema).find({ where: { tenantId: tx.tenantId }, order: { id: 'ASC' } });
  }

  /** What clients wrote under its URN stays in their resources as it is, and is no longer checked. */
  async remove(tx: Tx, by: Actor, id: string): Promise<void> {
    const where = { tenantId: tx.tenantId, id };
    const known = await tx.repository(ScimSchema).findOneBy(where);
    if (!known) throw new Refusal('not_found', 'schema_not_found', `There is no schema with the id ${id}.`);
    await tx.repository(ScimSchema).delete(where);
    await tx.query('DELETE FROM scim_unique_values WHERE tenant_id = $1 AND starts_with(lower(path), $2)', [
      tx.tenantId,
      `${known.resourceType.toLowerCase()} ${known.urnKey}:`,
    ]);
    const fact = {
      verb: 'scim_schema.removed',
      subjectKind: 'tenant',
      subjectId: tx.tenantId,
      payload: { urn: known.urnKey },
    } as const;
    await appendFact(tx, by, this.clock.now(), fact);
  }
}
