import type { InputFault } from '@tenure/platform';
import { isObject, unknownKeyFaults } from './check-shape.js';
import { DRIFT_REACTIONS, type DriftRules } from './application-rules.js';

const MOST_HOURS = 24 * 31;
const REACTION = `must be one of ${DRIFT_REACTIONS.join(', ')}`;

/** Every mistake of what is to be done about changes made in the application. */
export function checkDrift(value: unknown): readonly InputFault[] {
  if (!isObject(value)) return [{ path: 'drift', message: 'must be an object' }];
  const {
    reaction,
    entitlements,
    attributes = {},
    everyHours = null,
  } = value as Partial<Record<keyof DriftRules, unknown>>;
  const faults = [...unknownKeyFaults('drift', value, ['reaction', 'attributes', 'entitlements', 'everyHours'])];
  for (const [path, said] of Object.entries({ reaction, entitlements }))
    if (said !== undefined && !isReaction(said)) faults.push({ path: `drift.${path}`, message: REACTION });
  faults.push(...attributeFaults(attributes));
  if (everyHours !== null && !(typeof everyHours === 'number' && everyHours >= 0.25 && everyHours <= MOST_HOURS))
    faults.push({ path: 'drift.everyHours', message: `must be a number of hours from 0.25 to ${MOST_HOURS}, or null` });
  return faults;
}

function attributeFaults(attributes: unknown): readonly InputFault[] {
  const path = 'drift.attributes';
  if (!isObject(attributes)) return [{ path, message: `must be an object: per target, ${REACTION}` }];
  return Object.entries(attributes)
    .filter(([, said]) => !isReaction(said))
    .map(([target]) => ({ path: `${path}.${target}`, message: REACTION }));
}

const isReaction = (value: unknown): boolean => (DRIFT_REACTIONS as readonly unknown[]).includes(value);
