import type { Mapping } from '@tenure/applications';
import { ruleOf } from '@tenure/applications';
import type { ObservedAccount } from '@tenure/connectors';
import type { IdentityKeyColumn } from '@tenure/identity';
import type { Candidate, UnknownState } from './unknown-account.entity.js';

/** What an account says of a person, by the identity's key. */
export interface StrangerKey {
  readonly name: IdentityKeyColumn;
  readonly value: string;
}

const KEYS: readonly IdentityKeyColumn[] = ['employeeNumber', 'email', 'userName'];

/** The match rules: targets that hold one of the identity's keys as it is, and what they hold it for. */
export const keyTargetsOf = (mapping: Mapping): readonly (readonly [target: string, name: IdentityKeyColumn])[] =>
  Object.entries(mapping).flatMap(([target, entry]) => {
    const name = KEYS.find((key) => ruleOf(entry).value.trim() === `identity.${key}`);
    return name === undefined ? [] : [[target, name] as const];
  });

/** The keys that an account shows: those of the mapping, and an external id that may be a number of ours. */
export function keysOfStranger(
  { attributes, externalId }: ObservedAccount,
  targets: ReturnType<typeof keyTargetsOf>,
): readonly StrangerKey[] {
  const mapped = targets.flatMap(([target, name]): StrangerKey[] => {
    const value = attributes[target];
    return typeof value === 'string' || typeof value === 'number' ? [{ name, value: String(value) }] : [];
  });
  return externalId === undefined ? mapped : [{ name: 'employeeNumber', value: externalId }, ...mapped];
}

/** Whose it may be: `matched` only when one person alone comes into question, who has no other account there. */
export function judgeStranger(
  candidates: readonly Candidate[],
): Extract<UnknownState, 'unmatched' | 'matched' | 'ambiguous'> {
  const people = new Set(candidates.map(({ identityId }) => identityId));
  if (people.size === 0) return 'unmatched';
  return people.size === 1 && candidates.every(({ hasAccount }) => !hasAccount) ? 'matched' : 'ambiguous';
}
