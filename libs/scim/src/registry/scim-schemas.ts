import { Clock, newId, Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { countLacking } from '../query/count-lacking.js';
import { readSchema } from '../schema/read-schema.js';
import type { Values } from '../schema/read-value.js';
import { Refolding } from './reindexing.js';
import { ScimRefolding, ScimSchema } from '../clients/scim-client.entity.js';
import { assertFree } from './scim-types.js';

interface StoredValues {
  readonly read: boolean;
  readonly twice: number;
}

/** Extensions that a tenant registers: in force with the commit, for discovery, validation, filters, PATCH and policies. */
export class ScimSchemas {
  constructor(
    private readonly clock: Clock,
    private readonly refolding: Refolding,
  ) {}

  /** `lacking`: so many stored resources lack what the schema requires; a PATCH that does not touch it still succeeds. */
  async register(tx: Tx, by: Actor, input: Values): Promise<{ id: string; lacking: number }> {
    const { registered, faults } = readSchema(input);
    if (faults.length > 0) throw new Refusal('schema_invalid', 'The schema has mistakes; each is listed.', faults);
    const { schema, resourceType, required } = registered;
    await assertFree(tx, { urn: schema.id, resourceType });
    const id = newId();
    const now = this.clock.now();
    const row = { tenantId: tx.tenantId, id, urnKey: schema.id.toLowerCase(), resourceType, required, createdAt: now };
    await tx.repository(ScimSchema).insert({ ...row, definition: schema });
    await this.refolding.begin(tx, id);
    const payload = { schemaId: id, urn: schema.id, resourceType };
    await appendFact(tx, by, now, {
      verb: 'scim_schema.registered',
      subjectKind: 'tenant',
      subjectId: tx.tenantId,
      payload,
    });
    return { id, lacking: await countLacking(tx, registered) };
  }

  /** With how far what was written before is read by each, and how many values that must be unique are not. */
  async list(tx: Tx): Promise<readonly (ScimSchema & { readonly stored: StoredValues })[]> {
    const where = { tenantId: tx.tenantId };
    const schemas = await tx.repository(ScimSchema).find({ where, order: { id: 'ASC' } });
    const refoldings = new Map((await tx.repository(ScimRefolding).findBy(where)).map((one) => [one.schemaId, one]));
    return schemas.map((schema) => {
      const { passedAt = schema.createdAt, twice = 0 } = refoldings.get(schema.id) ?? {};
      return { ...schema, stored: { read: passedAt !== null, twice } };
    });
  }

  /** What clients wrote under its URN stays in their resources as it is, and is no longer checked. */
  async remove(tx: Tx, by: Actor, id: string): Promise<void> {
    const where = { tenantId: tx.tenantId, id };
    const known = await tx.repository(ScimSchema).findOneBy(where);
    if (!known) throw new Refusal('schema_not_found', `There is no schema with the id ${id}.`);
    await tx.repository(ScimSchema).delete(where);
    await tx.repository(ScimRefolding).delete({ tenantId: tx.tenantId, schemaId: id });
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
