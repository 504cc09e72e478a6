import type { Tx } from '@tenure/platform';
import { lockKeys, recordLock } from '../correlation/correlation-store.js';
import { keyOf } from '../model/normalise.js';
import type { Person } from '../model/person.js';

/** Why the end of an employment makes nobody. */
export const UNKNOWN_END =
  'Nobody is known under this employee number, so there is no employment to end; it waits for the hire.';

/**
 * Takes a record's lock, as every statement does later, before anything is asked of it: an end and its hire that arrive at once
 * come one after the other, whichever is first.
 */
export const lockRecord = (tx: Tx, sourceId: string, key: string): Promise<void> =>
  lockKeys(tx, [{ key: recordLock(sourceId, key), shared: false }]);

/** Whether a statement ends the employment of somebody whom neither its source nor any other knows. The record is locked. */
export async function endsUnknown(tx: Tx, sourceId: string, key: string, person: Person): Promise<boolean> {
  if (person.status !== 'terminated') return false;
  const [row] = await tx.query<{ known: boolean }>(
    `SELECT EXISTS (SELECT FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND key = $3)
       OR EXISTS (SELECT FROM identities WHERE tenant_id = $1 AND employee_number = $4)
       OR EXISTS (SELECT FROM identities WHERE tenant_id = $1 AND email_key = $5) AS known`,
    [tx.tenantId, sourceId, key, person.employeeNumber ?? key, keyOf(person.email)],
  );
  return row?.known !== true;
}
