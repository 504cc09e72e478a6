import { isUniqueViolation, Refusal, sameJson, type Tx } from '@tenure/platform';
import type { Person } from './person.js';
import { SourceRecord } from './source-record.entity.js';
import type { Source } from './source.entity.js';

/** What a record becomes. */
export interface RecordChange {
  readonly source: Pick<Source, 'id' | 'kind'>;
  readonly key: string;
  readonly person: Person;
  readonly fieldTimes: Readonly<Record<string, string>>;
  readonly raw: unknown;
  readonly externalId: string | null;
  readonly userNameKey: string | null;
  readonly identityId: string | null;
  readonly unresolved: string | null;
  readonly deletedAt: Date | null;
}

const COLUMNS = `tenant_id AS "tenantId", id, source_id AS "sourceId", key, version, attributes, field_times AS "fieldTimes", raw,
  external_id AS "externalId", user_name_key AS "userNameKey", identity_id AS "identityId", unresolved, created_at AS "createdAt",
  updated_at AS "updatedAt", deleted_at AS "deletedAt"`;

export async function findRecord(tx: Tx, sourceId: string, key: string): Promise<SourceRecord | null> {
  const sql = `SELECT ${COLUMNS} FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND key = $3`;
  const [record] = await tx.query<SourceRecord>(sql, [tx.tenantId, sourceId, key]);
  return record ?? null;
}

/** Nothing new was said, and nothing new is known about whom it is said of: one read, no write. */
export const isSameRecord = (known: SourceRecord, change: RecordChange): boolean =>
  known.identityId === change.identityId &&
  known.unresolved === change.unresolved &&
  known.deletedAt?.getTime() === change.deletedAt?.getTime() &&
  sameJson([known.attributes, known.raw], [change.person, change.raw]);

/** Writes a record, new or changed. */
export async function writeRecord(tx: Tx, id: string, version: number, change: RecordChange, now: Date): Promise<void> {
  const { source, key, person, fieldTimes, raw, externalId, userNameKey, identityId, unresolved, deletedAt } = change;
  try {
    await tx.query(
      `INSERT INTO source_records (tenant_id, id, version, source_id, key, attributes, field_times, raw, external_id, user_name_key,
         identity_id, unresolved, deleted_at, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
       ON CONFLICT (tenant_id, id) DO UPDATE SET
         version = excluded.version, attributes = excluded.attributes, field_times = excluded.field_times, raw = excluded.raw,
         external_id = excluded.external_id, user_name_key = excluded.user_name_key, identity_id = excluded.identity_id,
         unresolved = excluded.unresolved, deleted_at = excluded.deleted_at, updated_at = excluded.updated_at`,
      [
        tx.tenantId, id, version, source.id, key, JSON.stringify(person), JSON.stringify(fieldTimes), raw === null ? null : JSON.stringify(raw),
        externalId, userNameKey, identityId, unresolved, deletedAt, now,
      ],
    ); // prettier-ignore
  } catch (error) {
    if (!isUniqueViolation(error, 'source_records_by_user_name')) throw error;
    throw new Refusal('conflict', 'user_name_taken', 'Another user of this source has the same userName.');
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
