import { sameJson } from '@tenure/platform';
import type { Person } from './person.js';

export interface FieldStatement {
  readonly person: Person;
  readonly fieldTimes: Readonly<Record<string, string>>;
}

/**
 * A source's statement laid over what it said before. Each field keeps the time that set it, so a late older
 * statement still fills what nothing newer set. With `replace`, fields that are not named are unsaid.
 */
export function mergeStatement(before: FieldStatement | null, said: Person, saidAt: Date, replace: boolean): FieldStatement & { changed: boolean } {
  const at = saidAt.toISOString();
  const person: Record<string, unknown> = { ...before?.person };
  const fieldTimes: Record<string, string> = { ...before?.fieldTimes };
  const isNewer = (field: string): boolean => (fieldTimes[field] ?? '') <= at;
  for (const [field, value] of Object.entries(said)) {
    if (value === undefined || !isNewer(field)) continue;
    person[field] = value;
    fieldTimes[field] = at;
  }
  if (replace) {
    for (const field of Object.keys(person)) {
      if (field in said || !isNewer(field)) continue;
      Reflect.deleteProperty(person, field);
      fieldTimes[field] = at;
    }
  }
  return { person: person as Person, fieldTimes, changed: before === null || !sameJson(person, before.person) };
}
