import type { Tx } from '@tenure/platform';
import { keyOf } from '../model/normalise.js';

/** The keys that every identity may have. */
export type IdentityKeyColumn = 'employeeNumber' | 'email' | 'userName';

/** Somebody who has a key, and the value that was asked for. */
export interface KeyHolder {
  readonly name: IdentityKeyColumn;
  readonly value: string;
  readonly identityId: string;
}

/** Everybody who has one of the values, however it is written; who was merged into somebody else is nobody any more. */
export async function findByKeyColumns(
  tx: Tx,
  keys: readonly { readonly name: IdentityKeyColumn; readonly value: string }[],
): Promise<KeyHolder[]> {
  if (keys.length === 0) return [];
  const wanted = keys.map(({ name, value }) => ({
    name,
    value,
    key: name === 'employeeNumber' ? value.trim() : keyOf(value),
  }));
  return tx.query<KeyHolder>(
    `WITH wanted AS MATERIALIZED (SELECT DISTINCT * FROM jsonb_to_recordset($2) AS w (name text, value text, key text))
     SELECT w.name, w.value, i.id AS "identityId" FROM wanted w JOIN identities i ON i.tenant_id = $1 AND i.employee_number = w.key
     WHERE w.name = 'employeeNumber' AND i.merged_into IS NULL
     UNION ALL SELECT w.name, w.value, i.id FROM wanted w JOIN identities i ON i.tenant_id = $1 AND i.email_key = w.key
     WHERE w.name = 'email' AND i.merged_into IS NULL
     UNION ALL SELECT w.name, w.value, i.id FROM wanted w JOIN identities i ON i.tenant_id = $1 AND i.user_name_key = w.key
     WHERE w.name = 'userName' AND i.merged_into IS NULL`,
    [tx.tenantId, JSON.stringify(wanted)],
  );
}
