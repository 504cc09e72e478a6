import { dayAfter, startOfDay } from '../model/local-day.js';
import { isNoDate, OPEN_DATES } from '../model/no-date.js';
import type { AbsenceRule } from '../rules/identity-settings.js';
import type { OverrideState } from '../model/override.entity.js';
import type { LifecycleState, Status } from '../model/person.js';

/** What decides the lifecycle state: words of the source that is believed first, the admin's word, and the tenant's rules. */
export interface StateFacts {
  readonly status: Status | null;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly leaveStartDate: string | null;
  readonly leaveEndDate: string | null;
  readonly timeZone: string;
  /** The end lies before the start and was said after it: the hire was taken back. */
  readonly hireTakenBack?: boolean;
  /** A source has cut the person off; it counts whichever source leads. */
  readonly cutOff?: CutOff | null;
  /** The source took the person away. */
  readonly removed: boolean;
  /** The source's full list does not name the person since then; while it is held it never acts. */
  readonly missing: { readonly since: Date; readonly held: boolean } | null;
  readonly absence: Pick<AbsenceRule, 'graceDays' | 'becomes'>;
  readonly override: { readonly state: OverrideState; readonly startsAt: Date; readonly endsAt: Date | null } | null;
  readonly isProtected: boolean;
  /** The state until now; null for somebody new. `byOverride`: an admin's word made it so, not the sources. */
  readonly current: { readonly state: LifecycleState; readonly since: Date; readonly byOverride?: boolean } | null;
  readonly purgeAfterDays: number | null;
}

/** What the deactivation by one source comes to. */
export interface CutOff {
  readonly state: 'suspended' | 'terminated';
  readonly sourceId: string;
}

/** Which fact decided the state. Dates as the source wrote them, moments in ISO 8601, nothing else of the person. */
export interface StateReason {
  readonly fact:
    | 'override'
    | 'removed'
    | 'absence'
    | 'end_date'
    | 'status'
    | 'start_date'
    | 'leave'
    | 'protected'
    | 'retention'
    | 'employed';
  readonly date?: string;
  readonly since?: string;
  readonly until?: string;
  readonly status?: Status;
  /** The source that said it, where it is not the leading one. */
  readonly sourceId?: string;
  /** Only a protected identity: what would have decided otherwise. */
  readonly insteadOf?: StateReason;
}

export interface StateVerdict {
  readonly state: LifecycleState;
  /** When the clock alone will change this answer, if ever. */
  readonly dueAt: Date | null;
  readonly reason: StateReason;
  /** What a protected identity would have become. */
  readonly withheld: LifecycleState | null;
  /** The override is over: its time ran out, or the sources have come to say the same. */
  readonly overrideEnds: 'expired' | 'agreed' | null;
}

type Answer = Omit<StateVerdict, 'dueAt'>;

const DAY_MS = 86_400_000;

/**
 * The lifecycle state at `now`, why, and when that answer changes by itself. What wins, from the first: what was purged,
 * an admin's override, the end, the start that is ahead, an absence, the status, a leave. The due date is found by asking
 * the same question at each moment that the facts name, so it cannot differ from what is decided then.
 */
export function computeState(given: StateFacts, now: Date): StateVerdict {
  const facts = withoutNoDates(given);
  const moments = momentsOf(facts);
  const answer = answerAt(facts, moments, now.getTime());
  const since = answer.state === facts.current?.state ? facts.current.since : now;
  const current = { state: answer.state, since, byOverride: answer.reason.fact === 'override' };
  const settled = { ...facts, current, override: answer.overrideEnds === null ? facts.override : null };
  const changes = (at: number): boolean => {
    const then = answerAt(settled, moments, at);
    return then.state !== answer.state || then.withheld !== answer.withheld || then.overrideEnds !== null;
  };
  const due = momentsAhead(settled, moments, now.getTime()).find(changes);
  return { ...answer, dueAt: due === undefined ? null : new Date(due) };
}

/** What HR systems write for "no date" names no moment. */
function withoutNoDates(facts: StateFacts): StateFacts {
  const none = OPEN_DATES.filter((field) => isNoDate(facts[field] ?? ''));
  return none.length === 0 ? facts : { ...facts, ...Object.fromEntries(none.map((field) => [field, null])) };
}

/** The moments at which the facts begin or cease to hold; null where there is none. */
interface Moments {
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly leaveStartsAt: number | null;
  readonly leaveEndsAt: number | null;
  readonly absentAt: number | null;
}

function momentsOf({
  startDate,
  endDate,
  leaveStartDate,
  leaveEndDate,
  timeZone,
  missing,
  absence,
}: StateFacts): Moments {
  const starts = (date: string | null): number | null => (date === null ? null : startOfDay(date, timeZone));
  const ends = (date: string | null, startedOn: string | null): number | null =>
    // An end before the start belongs to an earlier time, and says nothing of this one.
    date === null || (startedOn !== null && startedOn > date) ? null : startOfDay(dayAfter(date), timeZone);
  const graceDays = missing?.held === true ? null : absence.graceDays;
  return {
    startsAt: starts(startDate),
    endsAt: ends(endDate, startDate),
    leaveStartsAt: starts(leaveStartDate),
    leaveEndsAt: ends(leaveEndDate, leaveStartDate),
    absentAt: missing === null || graceDays === null ? null : missing.since.getTime() + graceDays * DAY_MS,
  };
}

function momentsAhead(facts: StateFacts, moments: Moments, now: number): number[] {
  const { startsAt, endsAt, leaveStartsAt, leaveEndsAt, absentAt } = moments;
  const { override } = facts;
  const ofOverride = [override?.startsAt.getTime() ?? null, override?.endsAt?.getTime() ?? null];
  return [startsAt, endsAt, leaveStartsAt, leaveEndsAt, absentAt, ...ofOverride, purgeAt(facts, moments)]
    .filter((at): at is number => at !== null && at > now)
    .sort((a, b) => a - b);
}

/** Counted from the end of the employment: a file that tells of it years later keeps nothing longer. */
function purgeAt({ current, purgeAfterDays }: StateFacts, { endsAt }: Moments): number | null {
  if (current?.state !== 'terminated' || purgeAfterDays === null) return null;
  const since = current.since.getTime();
  const retained = Math.min(since, endsAt ?? since) + purgeAfterDays * DAY_MS;
  // An end that was said wrongly can be corrected for a day: nothing can undo an erasure.
  return Math.max(retained, since + DAY_MS);
}

type Said = Pick<StateVerdict, 'state' | 'reason'>;

/** The whole answer at one moment. */
function answerAt(facts: StateFacts, moments: Moments, at: number): Answer {
  if (facts.current?.state === 'purged') return plainly({ state: 'purged', reason: { fact: 'retention' } });
  const said = saidAt(facts, moments, at);
  const { override } = facts;
  const phase = phaseOf(override, at);
  if (override !== null && phase === 'holds') {
    if (override.state !== 'terminated' || said.state !== 'terminated') return plainly(overridden(override));
    return { ...retained(facts, moments, said, at), withheld: null, overrideEnds: 'agreed' };
  }
  const overrideEnds = phase === 'over' ? 'expired' : null;
  if (facts.isProtected) return { ...protectedFrom(facts, said), overrideEnds };
  return { ...retained(facts, moments, said, at), withheld: null, overrideEnds };
}

const plainly = (said: Said): Answer => ({ ...said, withheld: null, overrideEnds: null });

function phaseOf(override: StateFacts['override'], at: number): 'none' | 'holds' | 'over' {
  if (override === null || at < override.startsAt.getTime()) return 'none';
  return override.endsAt !== null && at >= override.endsAt.getTime() ? 'over' : 'holds';
}

const overridden = ({ state, startsAt, endsAt }: NonNullable<StateFacts['override']>): Said => ({
  state,
  reason: {
    fact: 'override',
    since: startsAt.toISOString(),
    ...(endsAt !== null && { until: endsAt.toISOString() }),
  },
});

/**
 * Whom the sources let go, and who has been gone long enough. Somebody whom only an admin terminated is not erased
 * while a source still says otherwise: that could not be undone.
 */
function retained(facts: StateFacts, moments: Moments, said: Said, at: number): Said {
  const due = said.state === 'terminated' ? purgeAt(facts, moments) : null;
  return due !== null && due <= at ? { state: 'purged', reason: { fact: 'retention' } } : said;
}

/** No source and no clock takes a protected identity out of the state that it has; an override that is over leaves it active. */
function protectedFrom({ current }: StateFacts, said: Said): Omit<Answer, 'overrideEnds'> {
  const kept = current === null || current.byOverride === true ? 'active' : current.state;
  if (said.state === 'active' || said.state === kept) return { ...said, withheld: null };
  return { state: kept, reason: { fact: 'protected', insteadOf: said.reason }, withheld: said.state };
}

/** What sources and rules say by themselves. */
function saidAt(facts: StateFacts, moments: Moments, at: number): Said {
  return (
    endedAt(facts, moments, at) ?? startsAfter(facts, moments, at) ?? cutOffBy(facts) ?? employedAt(facts, moments, at)
  );
}

function endedAt(facts: StateFacts, { endsAt, absentAt }: Moments, at: number): Said | null {
  const terminated = (reason: StateReason): Said => ({ state: 'terminated', reason });
  if (facts.removed) return terminated({ fact: 'removed' });
  if (facts.hireTakenBack === true) return terminated({ fact: 'end_date', date: facts.endDate ?? '' });
  if (endsAt !== null && endsAt <= at) return terminated({ fact: 'end_date', date: facts.endDate ?? '' });
  // A termination whose end lies ahead takes effect then; without an end, at once.
  if (facts.status === 'terminated' && endsAt === null) return terminated({ fact: 'status', status: facts.status });
  const isAbsent = absentAt !== null && absentAt <= at && facts.absence.becomes === 'terminated';
  return isAbsent ? terminated(absent(facts)) : null;
}

const absent = ({ missing }: StateFacts): StateReason => ({
  fact: 'absence',
  ...(missing !== null && { since: missing.since.toISOString() }),
});

const startsAfter = ({ startDate }: StateFacts, { startsAt }: Moments, at: number): Said | null =>
  startsAt !== null && startsAt > at
    ? { state: 'staged', reason: { fact: 'start_date', date: startDate ?? '' } }
    : null;

function cutOffBy({ cutOff = null }: StateFacts): Said | null {
  if (cutOff === null) return null;
  const { state, sourceId } = cutOff;
  return { state, reason: { fact: 'status', status: state, sourceId } };
}

/** Of those that have started and not ended: suspended, on leave or at work. */
function employedAt(facts: StateFacts, moments: Moments, at: number): Said {
  const { status } = facts;
  if (moments.absentAt !== null && moments.absentAt <= at) return { state: 'suspended', reason: absent(facts) };
  if (status === 'suspended') return { state: 'suspended', reason: { fact: 'status', status } };
  return leaveAt(facts, moments, at) ?? { state: 'active', reason: { fact: 'employed' } };
}

/** A leave by its dates, whatever the status; by the status alone, until an end that is said. */
function leaveAt(
  { status, leaveStartDate, leaveEndDate }: StateFacts,
  { leaveStartsAt, leaveEndsAt }: Moments,
  at: number,
): Said | null {
  const begun = leaveStartsAt === null ? status === 'on_leave' : leaveStartsAt <= at;
  if (!begun || (leaveEndsAt !== null && leaveEndsAt <= at)) return null;
  if (leaveStartsAt === null) return { state: 'on_leave', reason: { fact: 'status', status: 'on_leave' } };
  const until = leaveEndsAt === null ? null : leaveEndDate;
  const reason: StateReason = {
    fact: 'leave',
    ...(leaveStartDate !== null && { since: leaveStartDate }),
    ...(until !== null && { until }),
  };
  return { state: 'on_leave', reason };
}
