import { isUuid, type InputFault } from '@tenure/platform';
import { isObject, unknownKeyFaults } from './check-shape.js';
import { DISABLE_REASONS, type LeavePlan } from './application-rules.js';

const PARTS = ['endSessions', 'removeEntitlements', 'transferTo', 'reclaimLicence', 'deleteAfterDays'] as const;
const MOST_DAYS = 3_650;

/** Every mistake of a leaver playbook. */
export function checkPlaybook(value: unknown): readonly InputFault[] {
  if (!isObject(value)) return [{ path: 'playbook', message: 'must be an object: a plan per reason' }];
  return [
    ...unknownKeyFaults('playbook', value, DISABLE_REASONS),
    ...Object.entries(value).flatMap(([reason, plan]) => planFaults(`playbook.${reason}`, plan)),
  ];
}

function planFaults(path: string, plan: unknown): readonly InputFault[] {
  if (!isObject(plan)) return [{ path, message: `must be an object with some of ${PARTS.join(', ')}` }];
  const { transferTo, deleteAfterDays, ...flags } = plan as Partial<Record<keyof LeavePlan, unknown>>;
  const faults = [...unknownKeyFaults(path, plan, PARTS)];
  for (const part of ['endSessions', 'removeEntitlements', 'reclaimLicence'] as const)
    if (flags[part] !== undefined && typeof flags[part] !== 'boolean')
      faults.push({ path: `${path}.${part}`, message: 'must be true or false' });
  if (!isHeir(transferTo ?? null))
    faults.push({ path: `${path}.transferTo`, message: 'must be "manager", { "identityId": "…" }, or null' });
  if (!isDays(deleteAfterDays ?? null))
    faults.push({ path: `${path}.deleteAfterDays`, message: `must be a whole number from 0 to ${MOST_DAYS}, or null` });
  return faults;
}

const isHeir = (value: unknown): boolean =>
  value === null ||
  value === 'manager' ||
  (isObject(value) && Object.keys(value).length === 1 && 'identityId' in value && isUuid(String(value.identityId)));

const isDays = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_DAYS);
