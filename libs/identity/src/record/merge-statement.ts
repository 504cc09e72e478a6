import { sameJson } from '@tenure/platform';
import type { Person } from '../model/person.js';

export interface FieldStatement {
  readonly person: Person;
  readonly fieldTimes: Readonly<Record<string, string>>;
}

/** The name under which the time of the last statement with `replace` is kept: what it did not name is unsaid since. */
const EVERYTHING = '*';

/** Dates of an employment whose history decides what a change of them means. */
const DATED = ['startDate', 'endDate', 'leaveStartDate'] as const;
type DatedField = (typeof DATED)[number];

/** Since when a date has its present value, however often it was said again. */
const sinceKey = (field: DatedField): string => `${field}.since`;
/** The last value of a date that was no null, as `<time>|<value>`. */
const lastKey = (field: DatedField): string => `${field}.last`;

/**
 * A source's statement laid over what it said before. Each field keeps the time that set it, so a late older
 * statement still fills what nothing newer set. With `replace`, fields that are not named are unsaid.
 */
export function mergeStatement(
  before: FieldStatement | null,
  said: Person,
  saidAt: Date,
  replace: boolean,
): FieldStatement & { changed: boolean } {
  const at = saidAt.toISOString();
  const person: Record<string, unknown> = { ...before?.person };
  const fieldTimes: Record<string, string> = { ...before?.fieldTimes };
  const everythingAt = fieldTimes[EVERYTHING] ?? '';
  const isNewer = (field: string): boolean => everythingAt <= at && (fieldTimes[field] ?? '') <= at;
  const named = Object.entries(said).filter(([, value]) => value !== undefined);
  if (replace && everythingAt <= at) {
    const names = new Set(named.map(([field]) => field));
    unsay(
      person,
      fieldTimes,
      Object.keys(person).filter((field) => !names.has(field) && isNewer(field)),
    );
    fieldTimes[EVERYTHING] = at;
  }
  for (const field of DATED) rememberDate(fieldTimes, field, person[field], said[field], at, isNewer(field));
  for (const [field, value] of named) {
    if (!isNewer(field)) continue;
    person[field] = value;
    fieldTimes[field] = at;
  }
  return { person: person, fieldTimes, changed: !sameJson(person, before?.person) };
}

function unsay(person: Record<string, unknown>, times: Record<string, string>, fields: readonly string[]): void {
  for (const field of fields) {
    Reflect.deleteProperty(person, field);
    Reflect.deleteProperty(times, field);
  }
}

function rememberDate(
  times: Record<string, string>,
  field: DatedField,
  known: unknown,
  said: string | null | undefined,
  at: string,
  isNewer: boolean,
): void {
  if (said === undefined) return;
  const last = times[lastKey(field)];
  if (said !== null && (last === undefined || last.slice(0, last.indexOf('|')) <= at))
    times[lastKey(field)] = `${at}|${said}`;
  const since = times[sinceKey(field)];
  const isSame = said === known && since !== undefined;
  if (isNewer && !isSame) times[sinceKey(field)] = at;
  else if (isSame && at < since) times[sinceKey(field)] = at;
}

/** The last date that was said before the field was cleared, and when; null where none was. */
export function lastDateOf(
  fieldTimes: FieldStatement['fieldTimes'],
  field: DatedField,
): { readonly saidAt: string; readonly date: string } | null {
  const [saidAt, date] = fieldTimes[lastKey(field)]?.split('|') ?? [];
  return saidAt === undefined || date === undefined ? null : { saidAt, date };
}

/** Since when the date has its present value (ISO 8601); null where that is not known. */
export const dateSince = (fieldTimes: FieldStatement['fieldTimes'], field: DatedField): string | null =>
  fieldTimes[sinceKey(field)] ?? fieldTimes[field] ?? null;
