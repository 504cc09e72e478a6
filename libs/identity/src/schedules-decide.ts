import { DateTime } from 'luxon';
import { startOfDay } from './local-day.js';
import type { LifecycleState, Person } from './person.js';

/** How far (ms) ahead a time must lie for a statement to wait: clocks of senders differ. */
const AHEAD_MS = 5 * 60_000;

/** When something takes effect, as a source writes it: a time with its offset, or a day in the person's time zone. */
export type Effective = string;

const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** What is wrong with it; null when it is a time or a day that exists. */
export function effectiveFault(value: unknown): string | null {
  const isOne = typeof value === 'string' && (DAY.test(value) || TIME.test(value)) && DateTime.fromISO(value).isValid;
  return isOne ? null : 'must be a day as YYYY-MM-DD or a time as 2026-11-23T09:00:00Z, and exist';
}

/** Whether only the person's time zone tells when it is. */
export const needsZone = (effective: Effective): boolean => DAY.test(effective);

/** The moment: a day begins at local 00:00, or with its first moment where that does not exist. */
export const momentOf = (effective: Effective, zone: string): Date =>
  needsZone(effective) ? new Date(startOfDay(effective, zone)) : DateTime.fromISO(effective).toJSDate();

/** Whether a statement that takes effect at `at` waits until then. */
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
  const hasLeft = known !== null && (known.state === 'terminated' || known.state === 'purged');
  if (!hasLeft || !person.status || person.status === 'terminated') return 'apply';
  const isRehire = person.status === 'active' && person.endDate === null;
  const plannedBefore = known.stateSince !== null && known.stateSince >= receivedAt;
  return plannedBefore && !isRehire ? 'withdraw' : 'apply';
}
