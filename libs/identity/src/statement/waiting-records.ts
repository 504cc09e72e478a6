import { sameJson, type Tx } from '@tenure/platform';
import { EMPLOYMENT_FIELDS } from '../employment/employment-words.js';
import type { PersonField } from '../model/person.js';
import type { RecordChange } from '../record/record-store.js';
import type { SourceRecord } from '../model/source-record.entity.js';

/** What of a record decides whom other records belong to. */
const DECIDING: readonly PersonField[] = [
  ...EMPLOYMENT_FIELDS,
  'employeeNumber',
  'email',
  'userName',
  'givenName',
  'familyName',
  'custom',
];

/** Whether records that wait for this one's person may be decided by the change. */
export const mayDecideOthers = (known: SourceRecord | null, change: RecordChange): boolean =>
  known?.deletedAt?.getTime() !== change.deletedAt?.getTime() ||
  DECIDING.some((field) => !sameJson(known?.attributes[field], change.person[field]));

/** Records that wait because one of these identities may be meant, oldest first. */
export async function waitingFor(tx: Tx, identityIds: readonly string[]): Promise<string[]> {
  if (identityIds.length === 0) return [];
  const rows = await tx.query<{ id: string }>(
    `SELECT c.subject_id AS id FROM cases c WHERE c.tenant_id = $1 AND c.kind = 'correlation' AND c.state = 'open'
       AND EXISTS (SELECT FROM jsonb_array_elements(c.details -> 'candidates') one WHERE one ->> 'identityId' = ANY($2))
     ORDER BY c.id LIMIT 100`,
    [tx.tenantId, identityIds],
  );
  return rows.map(({ id }) => id);
}
