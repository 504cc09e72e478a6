import { keyOf } from '@tenure/identity';
import { isPlainName } from '../protocol/check-assertion.js';
import type { SamlLogin } from '../protocol/read-login.js';
import { LoginRefused } from './login-refused.js';
import type { KeySource } from './login-rules.js';

const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const ADDRESS = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
/** An address, or a name with a scope (eduPersonPrincipalName, subject-id): either is the same in any case. */
const SCOPED = /^[^\s@]+@[^\s@]+$/;
/** A name that is another one with each login. */
export const isTransient = (nameIdFormat: string): boolean => nameIdFormat === TRANSIENT;
const WORDS = 'Your organisation’s login does not say who you are in the way that was agreed.';

type Login = Pick<SamlLogin, 'nameId' | 'nameIdFormat' | 'attributes'>;

/**
 * The form in which NameIDs are compared: an address as addresses are, a persistent one as it is (Core §8.3.7: it is opaque),
 * any other in one form of its letters.
 */
export function nameKeyOf({ nameId, nameIdFormat }: Pick<Login, 'nameId' | 'nameIdFormat'>): string {
  if (nameIdFormat === PERSISTENT) return nameId;
  return nameIdFormat === ADDRESS ? (keyOf(nameId) ?? nameId) : nameId.normalize('NFC');
}

/** The form in which values of attributes are compared. Their case says who is meant, except in addresses. */
const valueKeyOf = (value: string): string =>
  SCOPED.test(value.trim()) ? (keyOf(value) ?? '') : value.trim().normalize('NFC');

/** What names the person at the identity provider for good. One that changes with every login names nobody. */
export function chooseKey(key: KeySource, login: Login): string {
  if (key === 'nameId') {
    if (!isTransient(login.nameIdFormat)) return nameKeyOf(login);
    throw new LoginRefused(
      'key_transient',
      WORDS,
      'The NameID is transient, so it names nobody: send a persistent one, or choose an attribute as the key.',
    );
  }
  const values = keysOf(key.attribute, login);
  const [value] = values;
  const named = `The attribute "${key.attribute}", which is the key,`;
  if (value === undefined) throw new LoginRefused('key_missing', WORDS, `${named} is not sent.`);
  if (values.length > 1) throw new LoginRefused('key_ambiguous', WORDS, `${named} has several values.`);
  if (!isPlainName(value))
    throw new LoginRefused('key_ambiguous', WORDS, `${named} is longer than 256, or has characters that do not show.`);
  return value;
}

/** The values of an attribute as keys are compared, each once. */
export const keysOf = (attribute: string, { attributes }: Pick<Login, 'attributes'>): readonly string[] => {
  const values = Object.hasOwn(attributes, attribute) ? (attributes[attribute] ?? []) : [];
  return [...new Set(values.map(valueKeyOf).filter((value) => value !== ''))];
};

/** What a source of a key says, or nothing: an id that is only looked for may be missing. It is compared with SCIM's own. */
export function optionalKey(key: KeySource | null, { nameId, attributes }: Login): string | null {
  if (key === null) return null;
  const sent = key === 'nameId' ? [nameId] : Object.hasOwn(attributes, key.attribute) ? attributes[key.attribute] : [];
  const values = new Set((sent ?? []).map((value) => value.trim()));
  const [value] = values;
  return values.size === 1 && isPlainName(value) ? (value ?? null) : null;
}
