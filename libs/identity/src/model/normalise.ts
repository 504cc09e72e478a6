import { foldText } from '@tenure/platform';
import type { Person } from './person.js';

/** The form in which userNames and e-mail addresses are compared: Unicode NFKC, lower case, trimmed. */
export const keyOf = (value: string | null | undefined): string | null => {
  // Lower case can compose what upper case could not (J̌ → ǰ), so it is normalised once more.
  const key = value?.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
  return key === undefined || key === '' ? null : key;
};

/** A whole name as it is looked up: folded, its parts in alphabetical order, so that neither order nor hyphens matter. */
export const nameKeyOf = (givenName: string | null | undefined, familyName: string | null | undefined): string | null =>
  nameParts(`${givenName ?? ''} ${familyName ?? ''}`);

/** The name of a person as it is looked up: given and family name, or the whole name where a source says only that. */
export const nameKeyOfPerson = ({ givenName, familyName, displayName }: Person): string | null =>
  nameKeyOf(givenName, familyName) ?? nameKeyOf(displayName, null);

/** Whether two names may be one: each part of the shorter is one of the longer. `shared` is how many parts that are. */
export function compareNames(a: string, b: string): { readonly agree: boolean; readonly shared: number } {
  const [shorter, longer] = [a.split(' '), b.split(' ')].sort((one, other) => one.length - other.length) as [
    string[],
    string[],
  ];
  const shared = shorter.filter((part) => longer.includes(part)).length;
  return { agree: shared === shorter.length, shared };
}

/** A family name as it is looked up. */
export const familyNameKeyOf = (familyName: string | null | undefined): string | null => nameParts(familyName ?? '');

function nameParts(name: string): string | null {
  const parts = foldText(name)
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((part) => part !== '');
  return parts.length === 0 ? null : parts.sort().join(' ');
}
