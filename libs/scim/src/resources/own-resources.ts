import { Clock, Database, isUuid, newId, sameJson, type Tx } from '@tenure/platform';
import { foldResource } from '../schema/fold-resource.js';
import { parsePatch } from '../patch/parse-patch.js';
import { patchResource } from '../patch/patch-resource.js';
import { SELECTED } from './query-shapes.js';
import { assertSameImmutables, assertStorable, readResource } from '../schema/read-resource.js';
import type { Values } from '../schema/read-value.js';
import { assertMatches, type ResourceStore, type ScimCall, type StoredResource } from './scim-call.js';
import { ScimError } from '../protocol/scim-error.js';
import type { ResourceType } from '../schema/schema-model.js';
import { forgetUnique, keepUnique } from './unique-values.js';

/** Resources of types that a tenant registered. They are documents: nothing follows from them but what a client reads. */
export class OwnResources {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  of(type: ResourceType): ResourceStore {
    return new OwnStore(this.database, this.clock, type, type.registeredAs ?? '');
  }
}

class OwnStore implements ResourceStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly type: ResourceType,
    private readonly typeId: string,
  ) {}

  create(call: ScimCall, body: unknown, id = newId()): Promise<StoredResource> {
    const raw = readResource(this.type, body);
    return this.inTransaction(call, async (tx) => {
      await tx.query(
        `INSERT INTO scim_resources (tenant_id, id, source_id, type_id, external_id, raw, folded, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
        [tx.tenantId, id, call.source.id, this.typeId, ...this.documentOf(raw), this.clock.now()],
      );
      await keepUnique(tx, call, this.type, id, raw);
      return this.find(tx, call, id);
    });
  }

  get(call: ScimCall, id: string): Promise<StoredResource> {
    return this.inTransaction(call, (tx) => this.find(tx, call, id));
  }

  replace(call: ScimCall, id: string, body: unknown): Promise<StoredResource> {
    const raw = readResource(this.type, body);
    return this.change(call, id, (before) => {
      assertSameImmutables(this.type, before, raw);
      return raw;
    });
  }

  patch(call: ScimCall, id: string, body: unknown): Promise<StoredResource> {
    assertStorable(body);
    const operations = parsePatch(this.type, body);
    return this.change(call, id, (before) => patchResource(this.type, before, operations));
  }

  delete(call: ScimCall, id: string): Promise<void> {
    return this.inTransaction(call, async (tx) => {
      assertMatches(call, await this.find(tx, call, id, true));
      await forgetUnique(tx, this.type, id);
      await tx.query('DELETE FROM scim_resources WHERE tenant_id = $1 AND id = $2', [tx.tenantId, id]);
    });
  }

  private change(call: ScimCall, id: string, become: (before: Values) => Values): Promise<StoredResource> {
    return this.inTransaction(call, async (tx) => {
      const stored = await this.find(tx, call, id, true);
      assertMatches(call, stored);
      const raw = become(stored.raw);
      if (sameJson(raw, stored.raw)) return stored;
      await tx.query(
        `UPDATE scim_resources SET version = version + 1, external_id = $3, raw = $4, folded = $5, updated_at = $6
         WHERE tenant_id = $1 AND id = $2`,
        [tx.tenantId, id, ...this.documentOf(raw), this.clock.now()],
      );
      await keepUnique(tx, call, this.type, id, raw, stored.raw);
      return this.find(tx, call, id);
    });
  }

  private async inTransaction<T>({ source }: ScimCall, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(source.tenantId, work);
    } catch (error) {
      if (isTypeGone(error)) throw new ScimError(404, `There is no resource type ${this.type.name} any more.`);
      throw error;
    }
  }

  private documentOf(raw: Values): readonly (string | null)[] {
    return [
      typeof raw.externalId === 'string' ? raw.externalId : null,
      JSON.stringify(raw),
      JSON.stringify(foldResource(this.type, raw)),
    ];
  }

  private async find(tx: Tx, { source }: ScimCall, id: string, lock = false): Promise<StoredResource> {
    const sql = `SELECT ${SELECTED} FROM scim_resources r WHERE tenant_id = $1 AND id = $2 AND source_id = $3 AND type_id = $4${lock ? ' FOR UPDATE' : ''}`;
    const [stored] = isUuid(id) ? await tx.query<StoredResource>(sql, [tx.tenantId, id, source.id, this.typeId]) : [];
    if (!stored) throw new ScimError(404, `There is no ${this.type.name} with the id ${id}.`);
    return stored;
  }
}

/** The type was removed after the request came: PostgreSQL's foreign_key_violation. */
const isTypeGone = (error: unknown): boolean =>
  error !== null && typeof error === 'object' && 'code' in error && error.code === '23503';
