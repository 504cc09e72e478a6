import type { Tx } from '@tenure/platform';
import { findRecord, type SourceRecord } from '@tenure/identity';
import type { SamlLogin } from '../protocol/read-login.js';
import { chooseKey } from './choose-key.js';
import { decideRecord, formerKeyOf, type FormerRecord } from './decide-record.js';
import { LoginRefused } from './login-refused.js';
import { attributeOfKey, nameOfKey, type LoginRules } from './login-rules.js';

/** What of a login is kept beside the person's attributes. */
export interface RawLogin {
  readonly nameId: string;
  readonly nameIdFormat: string;
  /** By which rule the record's key was chosen. */
  readonly keyedBy: string;
  /** Of each list, how many of its values were not used, and why. */
  readonly leftOut?: Readonly<Record<string, string>>;
  /** Lists that could not be read, and stay as they were known: a case is open for each. */
  readonly unreadable?: readonly string[];
}

/** A connection's key of today, and those that records may still have. */
interface Keys {
  readonly rules: Pick<LoginRules, 'key'>;
  readonly formerKeys: readonly string[];
}

const COLUMNS = `key, coalesce(raw ->> 'keyedBy', 'nameId') AS "keyedBy", raw ->> 'nameId' AS "nameId"`;

/**
 * The record of this login. One whose key was chosen by a rule of before gets the key of today with a login that says both;
 * one that was found by another rule than today's is nobody's to take.
 */
export async function findLogin(
  tx: Tx,
  connectionId: string,
  keys: Keys,
  login: SamlLogin,
): Promise<{ key: string; known: SourceRecord | null }> {
  const keyedBy = nameOfKey(keys.rules.key);
  const key = chooseKey(keys.rules.key, login);
  const known = (await findRecord(tx, connectionId, key)) ?? (await foldRecord(tx, connectionId, keys, key, login));
  if (known !== null) {
    const was = (known.raw as RawLogin | null)?.keyedBy ?? 'nameId';
    if (was === keyedBy) return { key, known };
    const reason = `The key is that of a record whose key was chosen by another rule (${was}).`;
    throw new LoginRefused('key_taken', 'Whose login this is, is not certain.', reason);
  }
  const former = keys.formerKeys.length === 0 ? null : await findFormer(tx, connectionId, keys.formerKeys, login);
  if (former === null) return { key, known };
  await tx.query(
    `UPDATE source_records SET key = $4, version = version + 1, raw = jsonb_set(raw, '{keyedBy}', to_jsonb($6::text))
     WHERE tenant_id = $1 AND source_id = $2 AND key = $3 AND coalesce(raw ->> 'keyedBy', 'nameId') = $5`,
    [tx.tenantId, connectionId, former.key, key, former.keyedBy, keyedBy],
  );
  return { key, known: await findRecord(tx, connectionId, key) };
}

/** A record that was made under the key as it was written, before keys were compared in one form, gets that form. */
async function foldRecord(
  tx: Tx,
  connectionId: string,
  { rules }: Keys,
  key: string,
  login: SamlLogin,
): Promise<SourceRecord | null> {
  const written = rules.key === 'nameId' ? [login.nameId] : (login.attributes[rules.key.attribute] ?? []);
  const [exact, ...others] = new Set(written.filter((one) => one !== key && one !== ''));
  if (exact === undefined || others.length > 0) return null;
  const folded = await tx.query(
    'UPDATE source_records SET key = $4 WHERE tenant_id = $1 AND source_id = $2 AND key = $3 RETURNING id',
    [tx.tenantId, connectionId, exact, key],
  );
  return folded.length === 0 ? null : findRecord(tx, connectionId, key);
}

async function findFormer(
  tx: Tx,
  connectionId: string,
  formerKeys: readonly string[],
  login: SamlLogin,
): Promise<FormerRecord | null> {
  const said = formerKeys.flatMap((keyedBy) => formerKeyOf(keyedBy, login) ?? []);
  const where = `tenant_id = $1 AND source_id = $2 AND coalesce(raw ->> 'keyedBy', 'nameId') = ANY($3)`;
  const byKey = await tx.query<FormerRecord>(`SELECT ${COLUMNS} FROM source_records WHERE ${where} AND key = ANY($4)`, [
    ...[tx.tenantId, connectionId, formerKeys],
    said,
  ]);
  const found = decideRecord(byKey, login);
  if (found !== null || formerKeys.every((name) => attributeOfKey(name) === null)) return found;
  // No index has the NameID of the last login: this is asked of people who are new, and only after a key was changed.
  const byName = await tx.query<FormerRecord>(
    `SELECT ${COLUMNS} FROM source_records WHERE ${where} AND raw ->> 'nameId' = $4`,
    [...[tx.tenantId, connectionId, formerKeys], login.nameId],
  );
  return decideRecord(byName, login);
}
