import { suggestName, type InputFault } from '@tenure/platform';
import { DRIFT_REACTIONS } from './application-rules.js';

const KEYS = ['reaction', 'attributes', 'entitlements', 'everyHours'] as const;
const LONGEST_HOURS = 24 * 366;
const FEWER = 'must be revert or ask: access cannot be taken over, it needs a grant';

/** Every mistake of what is done about changes in the application. */
export function checkDrift(value: unknown): readonly InputFault[] {
  if (!isObject(value)) return [{ path: 'drift', message: 'must be an object: { "reaction": "ask" }' }];
  const { reaction, attributes, entitlements, everyHours } = value;
  return [
    ...unknownKeys(value),
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
  const isFine = typeof value === 'number' && value >= 1 && value <= LONGEST_HOURS;
  return isFine ? [] : [{ path: 'drift.everyHours', message: `must be a number from 1 to ${LONGEST_HOURS}, or null` }];
}

const unknownKeys = (value: object): readonly InputFault[] =>
  Object.keys(value)
    .filter((key) => !(KEYS as readonly string[]).includes(key))
    .map((key) => {
      const suggestion = suggestName(key, KEYS);
      const message = `is not known here; known are ${KEYS.join(', ')}`;
      return { path: `drift.${key}`, message, ...(suggestion !== undefined && { suggestion }) };
    });

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
