import { sameJson } from '@tenure/platform';
import type { Person } from './person.js';

export interface FieldStatement {
  readonly person: Person;
  readonly fieldTimes: Readonly<Record<string, string>>;
}

/** The name under which the time of the last statement with `replace` is kept: what it did not name is unsaid since. */
const EVERYTHING = '*';

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
    for (const field of Object.keys(person)) {
      if (names.has(field) || !isNewer(field)) continue;
      Reflect.deleteProperty(person, field);
      Reflect.deleteProperty(fieldTimes, field);
    }
    fieldTimes[EVERYTHING] = at;
  }
  for (const [field, value] of named) {
    if (!isNewer(field)) continue;
    person[field] = value;
    fieldTimes[field] = at;
  }
  return { person: person, fieldTimes, changed: before === null || !sameJson(person, before.person) };
}
