import { dayAfter, startOfDay } from '../model/local-day.js';
import { dateSince, lastDateOf } from '../record/merge-statement.js';
import { isNoDate, OPEN_DATES } from '../model/no-date.js';
import type { Person } from '../model/person.js';
import type { Statement } from '../model/statement.js';

/** Fields that say when somebody works. */
export const EMPLOYMENT_FIELDS = ['status', 'startDate', 'endDate', 'leaveStartDate', 'leaveEndDate'] as const;

/**
 * A statement as it counts: without what is disputed, without words on the employment where it only corrects values, without
 * dates that mean none, and without a status whose announced date was taken back before it came.
 */
export function asItCounts(statement: Statement, timeZone: string): Statement {
  const unsaid = new Set<string>(Object.keys(statement.disputed));
  if (statement.corrects === true) for (const field of EMPLOYMENT_FIELDS) unsaid.add(field);
  for (const field of OPEN_DATES) if (isNoDate(statement.person[field] ?? '')) unsaid.add(field);
  if (isTakenBack(statement, timeZone)) unsaid.add('status');
  if (unsaid.size === 0) return statement;
  const said = Object.entries(statement.person).filter(([field]) => !unsaid.has(field));
  return { ...statement, person: Object.fromEntries(said) };
}

/** The date that a status was announced for. */
const ANNOUNCED = { terminated: 'endDate', on_leave: 'leaveStartDate' } as const;

/** An end or a leave that was announced with its day, and whose day was cleared before it came, is taken back. */
function isTakenBack({ person, fieldTimes }: Statement, timeZone: string): boolean {
  const { status } = person;
  if (status !== 'terminated' && status !== 'on_leave') return false;
  const field = ANNOUNCED[status];
  const statusAt = fieldTimes.status;
  const clearedAt = fieldTimes[field];
  const last = lastDateOf(fieldTimes, field);
  if (person[field] !== null || statusAt === undefined || clearedAt === undefined || last === null) return false;
  if (clearedAt <= statusAt || last.saidAt < statusAt || isNoDate(last.date)) return false;
  const actsOn = status === 'terminated' ? dayAfter(last.date) : last.date;
  return Date.parse(clearedAt) < startOfDay(actsOn, timeZone);
}

/**
 * An end that was said after the start and lies before it takes the hire back. One that was said before belongs to an earlier
 * employment, and says nothing of this one.
 */
export function takesHireBack({ person, fieldTimes }: Pick<Statement, 'person' | 'fieldTimes'>): boolean {
  const { startDate, endDate } = person satisfies Person;
  if (startDate == null || endDate == null || endDate >= startDate) return false;
  const [startedAt, endedAt] = [dateSince(fieldTimes, 'startDate'), dateSince(fieldTimes, 'endDate')];
  return startedAt !== null && endedAt !== null && endedAt > startedAt;
}
