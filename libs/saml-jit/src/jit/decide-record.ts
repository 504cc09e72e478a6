import type { SamlLogin } from '../protocol/read-login.js';
import { isTransient, keysOf, nameKeyOf } from './choose-key.js';
import { LoginRefused } from './login-refused.js';
import { attributeOfKey } from './login-rules.js';

/** A record whose key was chosen by a rule that is the connection's no more. */
export interface FormerRecord {
  readonly key: string;
  readonly keyedBy: string;
  /** The NameID of its last login. */
  readonly nameId: string | null;
}

type Login = Pick<SamlLogin, 'nameId' | 'nameIdFormat' | 'attributes'>;

const WORDS = 'Whose login this is, is not certain.';

/** What a login says under a former rule: the one value of its attribute, or the NameID. */
export function formerKeyOf(keyedBy: string, login: Login): string | null {
  const attribute = attributeOfKey(keyedBy);
  if (attribute === null) return isTransient(login.nameIdFormat) ? null : nameKeyOf(login);
  const [value = null, ...others] = keysOf(attribute, login);
  return others.length > 0 ? null : value;
}

/**
 * Which record a login is of that none is known by today's rule: one that it names by the former rule too, in the same
 * signed message. Null: somebody new. Where that is not said but the NameID is the same, nobody is guessed, or made twice.
 */
export function decideRecord(records: readonly FormerRecord[], login: Login): FormerRecord | null {
  const named = records.filter(({ key, keyedBy }) => formerKeyOf(keyedBy, login) === key);
  const [record, ...others] = named;
  if (others.length > 0)
    throw new LoginRefused('key_taken', WORDS, `By rules of before it would be the login of ${named.length} records.`);
  if (record !== undefined) return record;
  const silent = records.find(({ keyedBy, nameId }) => nameId === login.nameId && formerKeyOf(keyedBy, login) === null);
  if (silent === undefined) return null;
  const attribute = attributeOfKey(silent.keyedBy) ?? 'NameID';
  throw new LoginRefused(
    'key_unproven',
    WORDS,
    `Somebody with this NameID is known by another key. Let the identity provider send "${attribute}" too, so that the login shows who it is, or release that record.`,
  );
}
