import type { IdentityKeyName } from '../model/identity-key.entity.js';
import type { RecordKeyName, ScoreRule } from '../rules/identity-settings.js';
import { familyNameKeyOf, keyOf, nameKeyOf } from '../model/normalise.js';
import type { Person } from '../model/person.js';

/** What a record says under a key's name, normalised as the identities' key is that it is compared with; null where it has none. */
export const recordKey = (
  record: { readonly person: Person; readonly externalId: string | null },
  name: RecordKeyName,
  as: IdentityKeyName,
): string | null => normalised(name === 'externalId' ? record.externalId : valueOf(record.person, name), as);

/** What an identity can be found by, normalised; null where it has no such key. */
export const identityKey = (person: Person, name: IdentityKeyName): string | null =>
  normalised(valueOf(person, name), name);

/** What a rule that scores looks among people by; null where the person has no such name or key. */
export function scoreKey(person: Person, among: ScoreRule['among']): string | null {
  if (among === 'name') return nameKeyOf(person.givenName, person.familyName);
  return among === 'familyName' ? familyNameKeyOf(person.familyName) : identityKey(person, among);
}

const CUSTOM = 'custom.';

function valueOf(person: Person, name: IdentityKeyName): unknown {
  if (name === 'employeeNumber' || name === 'email' || name === 'userName') return person[name];
  const custom = person.custom ?? {};
  const attribute = name.slice(CUSTOM.length);
  return Object.hasOwn(custom, attribute) ? custom[attribute] : null;
}

/** Addresses and user names in any case; numbers and keys of the tenant's own as they are. Lists and objects are no keys. */
function normalised(value: unknown, as: IdentityKeyName): string | null {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  if (text === '') return null;
  return as === 'email' || as === 'userName' ? keyOf(text) : text;
}
