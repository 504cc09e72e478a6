import { DateTime } from 'luxon';
import { startOfDay } from '../model/local-day.js';
import { hasLeft, isDate, type LifecycleState, type Person } from '../model/person.js';

/** How far (ms) a sender's clock may be ahead: what lies further ahead is of the future. */
const AHEAD_MS = 5 * 60_000;

/** When something takes effect, as a source writes it: a time with its offset, or a day in the person's time zone. */
export type Effective = string;

/** RFC 3339: with its offset, or nobody could say when it was. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** A time as a source writes it; an invalid date for what is no time, or is of a day that does not exist. */
export const readTime = (text: unknown): Date =>
  typeof text === 'string' && TIME.test(text) ? DateTime.fromISO(text).toJSDate() : new Date(Number.NaN);

/** What is wrong with it; null when it is a time or a day that exists. */
export function effectiveFault(value: unknown): string | null {
  const isOne = typeof value === 'string' && (isDate(value) || !Number.isNaN(readTime(value).getTime()));
  return isOne ? null : 'must be a day as YYYY-MM-DD or a time as 2026-11-23T09:00:00Z, and exist';
}

/** Whether only the person's time zone tells when it is. */
export const needsZone = (effective: Effective): boolean => isDate(effective);

/** The moment: a day begins at local 00:00, or with its first moment where that does not exist. */
export const momentOf = (effective: Effective, zone: string): Date =>
  needsZone(effective) ? new Date(startOfDay(effective, zone)) : readTime(effective);

/** Whether `at` lies in the future: what takes effect then waits, and what is said to have been then is wrong. */
export const waits = (at: Date, now: Date): boolean => at.getTime() > now.getTime() + AHEAD_MS;

/** A statement whose day has come. */
export interface DueStatement {
  readonly person: Person;
  readonly receivedAt: Date;
}

/** The person that it is about, as known by then. */
export interface DuePerson {
  readonly state: LifecycleState;
  readonly stateSince: Date | null;
}

/**
 * What was planned before somebody left does not bring them back: a status that was said for later is withdrawn, unless
 * it is a rehire, which says so by clearing the end date. Everything else is applied.
 */
export function decideDue({ person, receivedAt }: DueStatement, known: DuePerson | null): 'apply' | 'withdraw' {
  if (known === null || !hasLeft(known) || !person.status || person.status === 'terminated') return 'apply';
  const isRehire = person.status === 'active' && person.endDate === null;
  const plannedBefore = known.stateSince !== null && known.stateSince >= receivedAt;
  return plannedBefore && !isRehire ? 'withdraw' : 'apply';
}
