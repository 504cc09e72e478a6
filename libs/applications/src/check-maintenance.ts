import { DateTime, IANAZone } from 'luxon';
import type { InputFault } from '@tenure/platform';
import { isObject } from './check-shape.js';

const ONCE = ['from', 'until'];
const WEEKLY = ['weekday', 'at', 'minutes', 'timeZone'];
const MOST_MINUTES = 7 * 24 * 60;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

type Values = Readonly<Record<string, unknown>>;
type Rule = readonly [key: string, holds: (value: unknown) => boolean, message: string];

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

const MOMENT = 'must be a moment with its offset, as 2026-05-01T18:00:00Z or 2026-05-01T20:00:00+02:00';
const ONCE_RULES: readonly Rule[] = ONCE.map((key) => [key, isInstant, MOMENT]);
const WEEKLY_RULES: readonly Rule[] = [
  ['weekday', (value) => isWhole(value, 1, 7), 'must be a day of the week, 1 for Monday to 7 for Sunday'],
  [
    'at',
    (value) => typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value),
    'must be a local time, as 02:00',
  ],
  [
    'minutes',
    (value) => isWhole(value, 1, MOST_MINUTES),
    `must be a whole number of minutes, 1 to ${MOST_MINUTES} (a week)`,
  ],
  [
    'timeZone',
    (value) => typeof value === 'string' && IANAZone.isValidZone(value),
    'must be a time zone, as Europe/Berlin',
  ],
];

/** Every mistake of an application's maintenance windows. */
export function checkMaintenance(windows: unknown): InputFault[] {
  if (!Array.isArray(windows)) return [{ path: 'maintenance', message: 'must be a list of windows' }];
  return windows.flatMap((window: unknown, index) => windowFaults(`maintenance.${index}`, window));
}

function windowFaults(path: string, window: unknown): InputFault[] {
  if (!isObject(window))
    return [{ path, message: 'must be { "from", "until" }, or { "weekday", "at", "minutes", "timeZone" }' }];
  const values: Values = window;
  const isOnce = ONCE.some((key) => key in values);
  const [rules, known] = isOnce ? [ONCE_RULES, ONCE] : [WEEKLY_RULES, WEEKLY];
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  return [
    ...unknown.map((key) => ({ path: `${path}.${key}`, message: `is no part of it; take ${known.join(', ')}` })),
    ...rules
      .filter(([key, holds]) => !holds(values[key]))
      .map(([key, , message]) => ({ path: `${path}.${key}`, message })),
    ...orderFaults(path, values),
  ];
}

function orderFaults(path: string, { from, until }: Values): InputFault[] {
  if (!isInstant(from) || !isInstant(until) || Date.parse(String(until)) > Date.parse(String(from))) return [];
  return [{ path: `${path}.until`, message: 'must be after "from"' }];
}

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && INSTANT.test(value) && DateTime.fromISO(value).isValid;
}
