import type { InputFault } from '@tenure/platform';
import { isObject, unknownKeyFaults } from './check-shape.js';
import type { InitialCredentialRule } from './application-rules.js';

const SHORTEST = 12;
const LONGEST = 128;

/** Every mistake of how existing accounts are matched; `targets` are those of the mapping. */
export const checkMatch = (value: unknown, targets: readonly string[]): readonly InputFault[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((target, index) =>
    typeof target === 'string' && targets.includes(target)
      ? []
      : [{ path: `match.${index}`, message: `must be a target of the mapping: ${targets.join(', ')}` }],
  );

/** Every mistake of the initial password's rule. */
export function checkInitialCredential(value: unknown, targets: readonly string[]): readonly InputFault[] {
  const path = 'initialCredential';
  if (value === null) return [];
  if (!isObject(value)) return [{ path, message: 'must be null, or { "target": "password" }' }];
  const { target, length = LONGEST } = value as Partial<Record<keyof InitialCredentialRule, unknown>>;
  const faults = [...unknownKeyFaults(path, value, ['target', 'length'])];
  if (typeof target !== 'string' || target === '')
    faults.push({ path: `${path}.target`, message: 'must be a target attribute' });
  else if (targets.includes(target))
    faults.push({
      path: `${path}.target`,
      message: 'must not be in the mapping too: it is written once, and by the password alone',
    });
  if (!(typeof length === 'number' && Number.isInteger(length) && length >= SHORTEST && length <= LONGEST))
    faults.push({ path: `${path}.length`, message: `must be a whole number from ${SHORTEST} to ${LONGEST}` });
  return faults;
}
