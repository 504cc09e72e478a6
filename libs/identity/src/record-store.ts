import { isUniqueViolation, newId, Refusal, sameJson, type Tx } from '@tenure/platform';
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

export const findRecord = (tx: Tx, sourceId: string, key: string): Promise<SourceRecord | null> =>
  tx.repository(SourceRecord).findOneBy({ tenantId: tx.tenantId, sourceId, key });

/** Nothing new was said, and nothing new is known about whom it is said of: one read, no write. */
export const isSameRecord = (known: SourceRecord, change: RecordChange): boolean =>
  known.identityId === change.identityId &&
  known.unresolved === change.unresolved &&
  known.deletedAt?.getTime() === change.deletedAt?.getTime() &&
  sameJson([known.attributes, known.raw], [change.person, change.raw]);

/** Writes a record, new or changed, and returns its id: in SCIM the resource's, elsewhere a new one. */
export async function writeRecord(tx: Tx, known: SourceRecord | null, change: RecordChange, now: Date): Promise<string> {
  const { source, key, person, fieldTimes, raw, externalId, userNameKey, identityId, unresolved, deletedAt } = change;
  const id = known?.id ?? (source.kind === 'scim' ? key : newId());
  const row = { attributes: person, fieldTimes, raw, externalId, userNameKey, identityId, unresolved, deletedAt, updatedAt: now };
  const records = tx.repository(SourceRecord);
  try {
    if (known) await records.update({ tenantId: tx.tenantId, id }, { ...row, version: known.version + 1 });
    else await records.insert({ tenantId: tx.tenantId, id, sourceId: source.id, key, createdAt: now, ...row });
  } catch (error) {
    if (!isUniqueViolation(error, 'source_records_by_user_name')) throw error;
    throw new Refusal('conflict', 'user_name_taken', 'Another user of this source has the same userName.');
  }
  return id;
}

/** The same values, said again later. */
export async function keepTimes(tx: Tx, known: SourceRecord, fieldTimes: Readonly<Record<string, string>>): Promise<void> {
  if (sameJson(known.fieldTimes, fieldTimes)) return;
  await tx.repository(SourceRecord).update({ tenantId: tx.tenantId, id: known.id }, { fieldTimes });
}
