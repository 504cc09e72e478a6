import { DateTime } from 'luxon';
import type { LifecycleState, Status } from './person.js';

/** The states that an admin may set over what sources say. */
export type OverrideState = 'active' | 'on_leave' | 'suspended' | 'terminated';

/** What decides the lifecycle state: the statement of the source that is believed first. */
export interface StateFacts {
  readonly status: Status | null;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly timeZone: string;
  /** The source took the person away. */
  readonly removed: boolean;
}

export interface StateVerdict {
  readonly state: LifecycleState;
  /** When the clock alone will change the state, if ever. */
  readonly dueAt: Date | null;
}

const startOfDay = (date: string, zone: string, plusDays = 0): Date =>
  DateTime.fromISO(date, { zone }).startOf('day').plus({ days: plusDays }).startOf('day').toJSDate();

const FROM_STATUS: Readonly<Record<Status, LifecycleState>> = {
  active: 'active',
  on_leave: 'on_leave',
  suspended: 'suspended',
  terminated: 'terminated',
};

/**
 * The lifecycle state at `now`. A start date begins at local 00:00; an end date is the last working day and ends
 * with it. A termination whose end date lies ahead takes effect then; without an end date, at once.
 */
export function computeState(facts: StateFacts, now: Date): StateVerdict {
  if (facts.removed) return { state: 'terminated', dueAt: null };
  const startsAt = facts.startDate === null ? null : startOfDay(facts.startDate, facts.timeZone);
  const endsAt = endOf(facts);
  if (endsAt !== null && endsAt <= now) return { state: 'terminated', dueAt: null };
  if (facts.status === 'terminated' && endsAt === null) return { state: 'terminated', dueAt: null };
  if (startsAt !== null && startsAt > now) return { state: 'staged', dueAt: startsAt };
  const state = facts.status === null || facts.status === 'terminated' ? 'active' : FROM_STATUS[facts.status];
  return { state, dueAt: endsAt };
}

/** An end before the start belongs to an earlier employment, and says nothing of this one. */
function endOf(facts: StateFacts): Date | null {
  if (facts.endDate === null) return null;
  if (facts.startDate !== null && facts.startDate > facts.endDate) return null;
  return startOfDay(facts.endDate, facts.timeZone, 1);
}
