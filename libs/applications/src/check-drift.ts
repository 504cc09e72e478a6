import type { InputFault } from '@tenure/platform';
import { DRIFT_REACTIONS, type DriftRules } from './application-rules.js';
import { isObject, unknownKeyFaults } from './check-shape.js';

const KEYS = ['reaction', 'attributes', 'entitlements', 'everyHours'] as const;
const [SHORTEST_HOURS, LONGEST_HOURS] = [0.25, 24 * 366];
const FEWER = 'must be revert or ask: access cannot be taken over, it needs a grant';

/** Every mistake of what is done about changes in the application. */
export function checkDrift(value: unknown): readonly InputFault[] {
  if (!isObject(value)) return [{ path: 'drift', message: 'must be an object: { "reaction": "ask" }' }];
  const { reaction, attributes, entitlements, everyHours } = value as Partial<Record<keyof DriftRules, unknown>>;
  return [
    ...unknownKeyFaults('drift', value, KEYS),
    ...reactionFaults('drift.reaction', reaction),
    ...(attributes === undefined ? [] : attributeFaults(attributes)),
    ...(entitlements === 'adopt'
      ? [{ path: 'drift.entitlements', message: FEWER }]
      : reactionFaults('drift.entitlements', entitlements)),
    ...hoursFaults(everyHours),
  ];
}

function attributeFaults(attributes: unknown): readonly InputFault[] {
  if (!isObject(attributes))
    return [{ path: 'drift.attributes', message: 'must be an object: target attribute → revert, adopt or ask' }];
  return Object.entries(attributes).flatMap(([target, reaction]) =>
    target === 'enabled' && reaction === 'adopt'
      ? [{ path: 'drift.attributes.enabled', message: FEWER }]
      : reactionFaults(`drift.attributes.${target}`, reaction),
  );
}

const reactionFaults = (path: string, value: unknown): readonly InputFault[] =>
  value === undefined || (DRIFT_REACTIONS as readonly unknown[]).includes(value)
    ? []
    : [{ path, message: `must be one of ${DRIFT_REACTIONS.join(', ')}` }];

function hoursFaults(value: unknown): readonly InputFault[] {
  if (value === undefined || value === null) return [];
  const isFine = typeof value === 'number' && value >= SHORTEST_HOURS && value <= LONGEST_HOURS;
  return isFine
    ? []
    : [
        {
          path: 'drift.everyHours',
          message: `must be a number of hours from ${SHORTEST_HOURS} to ${LONGEST_HOURS}, or null`,
        },
      ];
}
