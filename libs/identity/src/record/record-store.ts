import { isUniqueViolation, Refusal, sameJson, type Tx } from '@tenure/platform';
import type { Statement } from '../model/statement.js';
import type { Person } from '../model/person.js';
import { SourceRecord } from '../model/source-record.entity.js';
import type { Source, SourceDeactivation, SourceKind } from '../model/source.entity.js';

/** What a record becomes. */
export interface RecordChange {
  readonly source: Pick<Source, 'id' | 'kind' | 'rank'> & Partial<Pick<Source, 'deactivation'>>;
  readonly key: string;
  readonly person: Person;
  readonly fieldTimes: Readonly<Record<string, string>>;
  readonly raw: unknown;
  readonly folded: unknown;
  readonly externalId: string | null;
  readonly userNameKey: string | null;
  readonly identityId: string | null;
  readonly unresolved: string | null;
  readonly disputed: SourceRecord['disputed'];
  readonly corrects: boolean;
  readonly deletedAt: Date | null;
  readonly missingSince: Date | null;
}

const COLUMNS = `r.tenant_id AS "tenantId", r.id, r.source_id AS "sourceId", r.key, r.version, r.attributes, r.field_times AS "fieldTimes", r.raw, r.folded,
  r.external_id AS "externalId", r.user_name_key AS "userNameKey", r.identity_id AS "identityId", r.unresolved, r.created_at AS "createdAt",
  r.updated_at AS "updatedAt", r.deleted_at AS "deletedAt", r.disputed, r.corrects, r.missing_since AS "missingSince",
  r.missing_hold AS "missingHold"`;

export async function findRecord(tx: Tx, sourceId: string, key: string): Promise<SourceRecord | null> {
  const sql = `SELECT ${COLUMNS} FROM source_records r WHERE r.tenant_id = $1 AND r.source_id = $2 AND r.key = $3`;
  const [record] = await tx.query<SourceRecord>(sql, [tx.tenantId, sourceId, key]);
  return record ?? null;
}

/** A record of the tenant, locked; or a refusal. */
export async function lockRecord(tx: Tx, id: string): Promise<SourceRecord> {
  const sql = `SELECT ${COLUMNS} FROM source_records r WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE`;
  const [record] = await tx.query<SourceRecord>(sql, [tx.tenantId, id]);
  if (!record) throw new Refusal('record_not_found', `There is no source record with the id ${id}.`);
  return record;
}

/** By what a source recognises somebody whom it removed. */
export type Revived = Pick<RecordChange, 'externalId' | 'userNameKey'>;

/** Records of a key. */
const NAMED = `SELECT xmin, * FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND key = $3`;
/**
 * The record of somebody who was removed: of the same external id, or of the same user name unless the external ids say that it is
 * somebody else. Locked, so that only one of two revives it. An external id that several have (RFC 7643 §3.1 leaves it to the client)
 * says of none of them who it is.
 */
const REMOVED = `SELECT xmin, * FROM source_records
  WHERE tenant_id = $1 AND source_id = $2 AND deleted_at IS NOT NULL AND folded IS NOT NULL
    AND ((user_name_key = $4 AND (external_id = $3 OR external_id IS NULL OR $3::text IS NULL)) OR (external_id = $3 AND NOT EXISTS (
      SELECT FROM source_records o WHERE o.tenant_id = $1 AND o.source_id = $2 AND o.external_id = $3 AND o.id <> source_records.id)))
  ORDER BY external_id = $3 DESC NULLS LAST, user_name_key = $4 DESC NULLS LAST, deleted_at DESC LIMIT 1 FOR UPDATE`;

/**
 * What is known before anything is said: the record with its row's version, and the version of the tenant's rules. The record is the
 * key's; with `revived`, of a key that is new, it is the one to be revived.
 */
export async function lookAtRecord(
  tx: Tx,
  sourceId: string,
  key: string,
  revived?: Revived,
): Promise<{ record: SourceRecord | null; rowVersion: string | null; rulesVersion: number }> {
  const [row] = await tx.prepared<
    SourceRecord & { id: string | null; rowVersion: string | null; rulesVersion: number }
  >(
    `SELECT rules.version AS "rulesVersion", r.xmin::text AS "rowVersion", ${COLUMNS}
     FROM (SELECT coalesce((SELECT version FROM settings WHERE tenant_id = $1 AND section = 'identity'), 0) AS version) rules
     LEFT JOIN LATERAL (${revived ? REMOVED : NAMED}) r ON true`,
    [tx.tenantId, sourceId, ...(revived ? [revived.externalId, revived.userNameKey] : [key])],
  );
  const { rulesVersion, rowVersion, ...record } = row ?? { rulesVersion: 0, rowVersion: null, id: null };
  return { record: record.id === null ? null : record, rowVersion, rulesVersion };
}

interface StatementRow {
  source_id: string;
  kind: SourceKind;
  rank: number;
  key: string;
  deactivation: SourceDeactivation | null;
  retired: boolean;
  corrects: boolean;
  id: string;
  version: number;
  attributes: Person;
  field_times: Readonly<Record<string, string>>;
  disputed: SourceRecord['disputed'];
  deleted_at: Date | null;
  missing_since: Date | null;
  missing_hold: string | null;
}

/** Everything that is said of one identity. `isReleased`: whether a removal by this kind of source is believed. */
export async function statementsOf(
  tx: Tx,
  identityId: string,
  isReleased: (kind: SourceKind) => boolean,
): Promise<Statement[]> {
  const rows = await tx.prepared<StatementRow>(
    `SELECT r.source_id, s.kind, s.rank, s.deactivation, s.retired_at IS NOT NULL AS retired, r.key, r.corrects, r.id, r.version, r.attributes, r.field_times, r.disputed, r.deleted_at, r.missing_since, r.missing_hold
     FROM source_records r JOIN sources s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
     WHERE r.tenant_id = $1 AND r.identity_id = $2`,
    [tx.tenantId, identityId],
  );
  return rows.map((row) => ({
    sourceId: row.source_id,
    kind: row.kind,
    rank: row.rank,
    recordId: row.id,
    recordVersion: row.version,
    person: row.attributes,
    fieldTimes: row.field_times,
    disputed: row.disputed,
    corrects: row.corrects,
    key: row.key,
    // A source that removes whom it deactivated does not take that back; one that was retired and let go says nothing more.
    deactivation: row.retired && row.deleted_at !== null ? 'nothing' : row.deactivation,
    removed: row.deleted_at !== null && isReleased(row.kind),
    missing: row.missing_since && { since: row.missing_since, held: row.missing_hold !== null },
  }));
}

/** Nothing new was said, and nothing new is known about whom it is said of. */
export const isSameRecord = (known: SourceRecord, change: RecordChange): boolean =>
  known.identityId === change.identityId &&
  known.unresolved === change.unresolved &&
  known.deletedAt?.getTime() === change.deletedAt?.getTime() &&
  known.missingSince?.getTime() === change.missingSince?.getTime() &&
  sameJson([known.attributes, known.raw, known.disputed], [change.person, change.raw, change.disputed]);

/** Writes a record, new or changed. */
export async function writeRecord(tx: Tx, id: string, version: number, change: RecordChange, now: Date): Promise<void> {
  const {
    source,
    key,
    person,
    fieldTimes,
    raw,
    folded,
    externalId,
    userNameKey,
    identityId,
    unresolved,
    disputed,
    corrects,
    deletedAt,
    missingSince,
  } = change;
  try {
    await tx.prepared(
      `INSERT INTO source_records (tenant_id, id, version, source_id, key, attributes, field_times, raw, external_id, user_name_key,
         identity_id, unresolved, deleted_at, created_at, updated_at, disputed, missing_since, folded, corrects, shown_version, shown_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17, $18, $3, $14)
       ON CONFLICT (tenant_id, id) DO UPDATE SET
         version = excluded.version, attributes = excluded.attributes, field_times = excluded.field_times, raw = excluded.raw,
         external_id = excluded.external_id, user_name_key = excluded.user_name_key, identity_id = excluded.identity_id,
         unresolved = excluded.unresolved, deleted_at = excluded.deleted_at, updated_at = excluded.updated_at,
         disputed = excluded.disputed, corrects = excluded.corrects, folded = excluded.folded,
         shown_version = coalesce(source_records.shown_version, source_records.version) + (source_records.raw IS DISTINCT FROM excluded.raw)::int,
         shown_at = CASE WHEN source_records.raw IS DISTINCT FROM excluded.raw THEN excluded.updated_at
           ELSE coalesce(source_records.shown_at, source_records.updated_at) END, missing_since = excluded.missing_since,
         missing_hold = CASE WHEN excluded.missing_since IS NULL THEN NULL ELSE source_records.missing_hold END`,
      [
        tx.tenantId,
        id,
        version,
        source.id,
        key,
        JSON.stringify(person),
        JSON.stringify(fieldTimes),
        raw === null ? null : JSON.stringify(raw),
        externalId,
        userNameKey,
        identityId,
        unresolved,
        deletedAt,
        now,
        JSON.stringify(disputed),
        missingSince,
        folded === null ? null : JSON.stringify(folded),
        corrects,
      ],
    );
  } catch (error) {
    if (!isUniqueViolation(error, 'source_records_by_user_name')) throw error;
    throw new Refusal('user_name_taken', 'Another user of this source has the same userName.');
  }
}

/** The same values, said again later. */
export async function keepTimes(
  tx: Tx,
  known: SourceRecord,
  fieldTimes: Readonly<Record<string, string>>,
): Promise<void> {
  if (sameJson(known.fieldTimes, fieldTimes)) return;
  await tx.repository(SourceRecord).update({ tenantId: tx.tenantId, id: known.id }, { fieldTimes });
}
