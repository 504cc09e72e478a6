import { Clock, Database, Queues, sameJson, SlicedWork, type Tx } from '@tenure/platform';
import { getSource, Identities, openCase, type Source } from '@tenure/identity';
import type { Catalogue } from '../schema/catalogue.js';
import { foldResource } from '../schema/fold-resource.js';
import { loadCatalogue } from '../schema/load-catalogue.js';
import { customOf } from '../resources/person-of.js';
import { refoldResource } from './reindex-resource.js';
import type { Values } from '../schema/read-value.js';
import type { ResourceType, Schema } from '../schema/schema-model.js';
import { claimUnique } from '../resources/unique-values.js';

/** Looked at in one transaction; most have nothing of the schema and cost a look. */
const SLICE = 100;
/** A request that knew the schemas of before may write for so long after one was registered. */
const LATE_SECONDS = 10;
/** A case each; how many more there are, the schema itself tells. */
const MOST_CASES = 20;

interface OpenRow {
  readonly cursor: string | null;
  readonly startedAt: Date;
  readonly passedAt: Date | null;
  readonly twice: number;
  readonly resourceType: string;
  readonly urn: string;
}

interface StoredRow {
  readonly id: string;
  readonly sourceId: string;
  readonly raw: Values;
  readonly folded: unknown;
}

/**
 * Reads by a new schema what clients wrote under its URN before: so that filters find it, policies see it and unique values are
 * claimed. Goes over all resources of the type, and once more over those that were written while it was registered.
 */
export class Refolding {
  readonly work: SlicedWork;

  constructor(
    database: Database,
    private readonly identities: Identities,
    queues: Queues,
    private readonly clock: Clock,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'refold',
      timer: 'refoldings',
      open: `SELECT tenant_id, schema_id AS id FROM scim_refoldings WHERE done_at IS NULL
        AND (passed_at IS NULL OR started_at < clock_timestamp() - interval '${LATE_SECONDS} seconds') LIMIT 100`,
      slice: (tx, schemaId) => this.slice(tx, schemaId),
    });
  }

  /** Begins in the transaction that registers the schema. */
  async begin(tx: Tx, schemaId: string): Promise<void> {
    await tx.query('INSERT INTO scim_refoldings (tenant_id, schema_id, started_at) VALUES ($1, $2, $3)', [
      tx.tenantId,
      schemaId,
      this.clock.now(),
    ]);
    this.work.announce(tx, schemaId);
  }

  /** Returns whether there is more. */
  private async slice(tx: Tx, schemaId: string): Promise<boolean> {
    const [open] = await tx.query<OpenRow>(
      `SELECT f.cursor, f.started_at AS "startedAt", f.passed_at AS "passedAt", f.twice, s.resource_type AS "resourceType", s.definition ->> 'id' AS urn
       FROM scim_refoldings f JOIN scim_schemas s ON s.tenant_id = f.tenant_id AND s.id = f.schema_id
       WHERE f.tenant_id = $1 AND f.schema_id = $2 AND f.done_at IS NULL FOR UPDATE OF f SKIP LOCKED`,
      [tx.tenantId, schemaId],
    );
    if (!open) return false;
    const catalogue = await loadCatalogue(tx);
    const type = catalogue.types.find(({ name }) => name === open.resourceType);
    const schema = catalogue.schemas.find(({ id }) => id === open.urn);
    if (!type || !schema) return false;
    const rows = await nextRows(tx, type, open);
    const by: Reading = { catalogue, type, schema, sources: new Map() };
    let { twice } = open;
    for (const row of rows) {
      const taken = await this.refold(tx, by, row, twice);
      // Whoever is looked at again was counted.
      if (open.passedAt === null) twice += taken;
    }
    const isOver = rows.length < SLICE;
    const late = open.startedAt.getTime() + LATE_SECONDS * 1_000 < this.clock.now().getTime();
    await tx.query(
      `UPDATE scim_refoldings SET twice = $3, cursor = $4, passed_at = CASE WHEN $5 THEN coalesce(passed_at, $7) ELSE passed_at END,
         done_at = CASE WHEN $6 THEN $7::timestamptz END WHERE tenant_id = $1 AND schema_id = $2`,
      [
        ...[tx.tenantId, schemaId, twice, isOver ? null : rows.at(-1)?.id, isOver],
        ...[isOver && open.passedAt !== null && late, this.clock.now()],
      ],
    );
    return !isOver;
  }

  /** Returns how many of its values another resource has, which have to be unique. */
  private async refold(tx: Tx, by: Reading, row: StoredRow, twice: number): Promise<number> {
    const read = refoldResource(by.type, by.schema, row.raw);
    if (read === null) return 0;
    const { raw, comparable } = read;
    const folded = foldResource(by.type, comparable);
    const source = by.sources.get(row.sourceId) ?? (await getSource(tx, row.sourceId));
    by.sources.set(row.sourceId, source);
    if (!sameJson([raw, folded], [row.raw, row.folded]))
      await tx.query(
        `UPDATE ${placeOf(by.type).table} SET raw = $3, folded = $4, ${placeOf(by.type).seen} WHERE tenant_id = $1 AND id = $2`,
        [tx.tenantId, row.id, JSON.stringify(raw), JSON.stringify(folded), this.clock.now()],
      );
    if (by.type.name === 'User') await this.tell(tx, source, row.id, customOf(comparable, by.catalogue));
    const taken = await claimUnique(tx, source, by.type, row.id, comparable);
    for (const path of taken.slice(0, Math.max(0, MOST_CASES - twice)))
      await openCase(tx, this.clock.now(), {
        ...{ kind: 'unique_twice', subjectId: source.id, topic: `${row.id} ${path}` },
        reason: `${path} has to be unique, and another ${by.type.name} has had the value of ${row.id} before; the next change of either has to give one of them another.`,
        details: { path, resourceId: row.id, resourceType: by.type.name },
      });
    return taken.length;
  }

  /** What policies read of the person; a value that is no person's stays with the resource. */
  private async tell(tx: Tx, source: Source, id: string, custom: Values | null): Promise<void> {
    if (custom === null) return;
    const by = { actor: `source:${source.id}`, door: 'scim' } as const;
    await this.identities.state(tx, by, { source, key: id, person: { custom } });
  }
}

interface Reading {
  readonly catalogue: Catalogue;
  readonly type: ResourceType;
  readonly schema: Schema;
  /** Those that were read already: a slice is of few. */
  readonly sources: Map<string, Source>;
}

interface Place {
  readonly table: string;
  /** Which of the table are meant. */
  readonly where: string;
  /** Another form is another version, for whoever has read the one of before. */
  readonly seen: string;
}
const isOther = 'raw IS DISTINCT FROM $3::jsonb';
const OWN_VERSION = `version = version + (${isOther})::int, updated_at = CASE WHEN ${isOther} THEN $5 ELSE updated_at END`;
const SHOWN_VERSION = `shown_version = coalesce(shown_version, version) + (${isOther})::int,
  shown_at = CASE WHEN ${isOther} THEN $5 ELSE coalesce(shown_at, updated_at) END`;

/** Where resources of a type lie. */
const placeOf = ({ name, registeredAs }: ResourceType): Place => {
  if (registeredAs !== undefined) return { table: 'scim_resources', where: 'r.type_id = $4', seen: OWN_VERSION };
  if (name === 'Group') return { table: 'scim_groups', where: '$4::uuid IS NULL', seen: OWN_VERSION };
  const where = '$4::uuid IS NULL AND r.folded IS NOT NULL AND r.deleted_at IS NULL';
  return { table: 'source_records', where, seen: SHOWN_VERSION };
};

/** Locked in the order of their ids, so that no client's change comes between. */
const nextRows = (tx: Tx, type: ResourceType, { cursor, startedAt, passedAt }: OpenRow): Promise<StoredRow[]> => {
  const { table, where } = placeOf(type);
  return tx.query<StoredRow>(
    `SELECT r.id, r.source_id AS "sourceId", r.raw, r.folded FROM ${table} r
     WHERE r.tenant_id = $1 AND r.id > $2 AND ($3::timestamptz IS NULL OR r.updated_at > $3) AND ${where} ORDER BY r.id LIMIT ${SLICE} FOR UPDATE`,
    [
      ...[tx.tenantId, cursor ?? '00000000-0000-0000-0000-000000000000'],
      ...[passedAt === null ? null : new Date(startedAt.getTime() - LATE_SECONDS * 1_000), type.registeredAs ?? null],
    ],
  );
};
