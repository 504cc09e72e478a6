import type { SamlLogin } from '../protocol/read-login.js';
import { LoginRefused } from './login-refused.js';
import type { KeySource } from './login-rules.js';

const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const MAX_KEY = 256;
/** A name that is another one with each login. */
export const isTransient = (nameIdFormat: string): boolean => nameIdFormat === TRANSIENT;
const WORDS = 'Your organisation’s login does not say who you are in the way that was agreed.';

type Login = Pick<SamlLogin, 'nameId' | 'nameIdFormat' | 'attributes'>;

/** What names the person at the identity provider for good. One that changes with every login names nobody. */
export function chooseKey(key: KeySource, login: Login): string {
  if (key === 'nameId') {
    if (!isTransient(login.nameIdFormat)) return login.nameId;
    throw new LoginRefused(
      'key_transient',
      WORDS,
      'The NameID is transient, so it names nobody: send a persistent one, or choose an attribute as the key.',
    );
  }
  const values = [...new Set((valuesOf(key, login) ?? []).filter((value) => value !== ''))];
  const [value] = values;
  const named = `The attribute "${key.attribute}", which is the key,`;
  if (value === undefined) throw new LoginRefused('key_missing', WORDS, `${named} is not sent.`);
  if (values.length > 1) throw new LoginRefused('key_ambiguous', WORDS, `${named} has several values.`);
  if (value.length > MAX_KEY) throw new LoginRefused('key_ambiguous', WORDS, `${named} is longer than ${MAX_KEY}.`);
  return value;
}

/** What a source of a key says, or nothing: an id that is only looked for may be missing. */
export function optionalKey(key: KeySource | null, login: Login): string | null {
  if (key === null) return null;
  const values = key === 'nameId' ? [login.nameId] : [...new Set(valuesOf(key, login) ?? [])];
  const [value = ''] = values;
  return values.length === 1 && value !== '' && value.length <= MAX_KEY ? value : null;
}

const valuesOf = ({ attribute }: Exclude<KeySource, 'nameId'>, { attributes }: Login): readonly string[] | undefined =>
  Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
