import { sameJson } from '@tenure/platform';
import type { LifecycleEvent } from '@tenure/journal';
import { computeState, type StateFacts, type StateReason, type StateVerdict } from './compute-state.js';
import type { IdentitySettings } from './identity-settings.js';
import type { Identity } from './identity.entity.js';
import type { Merged } from './merge-person.js';
import { nameEvent, takesAway, type IdentityFacts } from './name-event.js';
import { familyNameKeyOf, nameKeyOf } from './normalise.js';
import type { LifecycleState } from './person.js';

export type KnownIdentity = Pick<
  Identity,
  'id' | 'state' | 'attributes' | 'lineage' | 'managerId' | 'dueAt' | 'employeeNumber' | 'cause' | 'protectedReason' | 'stateSince'
  | 'stateReason'
>; // prettier-ignore

/** Everything that decides what an identity becomes. */
export interface IdentityInput {
  /** Null for somebody new. */
  readonly known: KnownIdentity | null;
  readonly merged: Merged;
  /** The identity that the person names as manager. */
  readonly managerId: string | null;
  readonly override: StateFacts['override'];
  readonly settings: Pick<IdentitySettings, 'absence' | 'purgeAfterDays'>;
  readonly now: Date;
}

/** What an identity becomes. */
export interface IdentityDecision {
  readonly merged: Merged;
  readonly before: IdentityFacts | null;
  readonly after: IdentityFacts;
  readonly dueAt: Date | null;
  readonly stateReason: StateReason;
  readonly stateSince: Date;
  /** What a protected identity would have become. */
  readonly withheld: LifecycleState | null;
  readonly overrideEnds: StateVerdict['overrideEnds'];
  readonly nameKey: string | null;
  readonly familyNameKey: string | null;
  /** Attributes whose value changed, `state` and `managerId` among them; `*` is everything. */
  readonly changedFields: readonly string[];
  /** `null`: nothing that anybody else must hear of. */
  readonly event: LifecycleEvent | null;
  /** It takes access away: goes first. */
  readonly urgent: boolean;
  /** False: not even where a value comes from has changed, so nothing is written. */
  readonly written: boolean;
}

const DEFAULT_ZONE = 'UTC';

/** Decides from the merged statements, the admin's word, the tenant's rules and the clock alone. */
export function decideIdentity(input: IdentityInput): IdentityDecision {
  const { known, now } = input;
  const verdict = computeState(stateFacts(input), now);
  const merged = verdict.state === 'purged' ? erased(input.merged) : input.merged;
  const managerId = verdict.state === 'purged' || input.managerId === known?.id ? null : input.managerId;
  const before = known && { state: known.state, person: known.attributes, managerId: known.managerId };
  const after = { state: verdict.state, person: merged.person, managerId };
  const changedFields = before === null ? ['*'] : changesOf(before, after);
  const event = changedFields.length === 0 ? null : nameEvent(before, after);
  return {
    merged,
    before,
    after,
    dueAt: verdict.dueAt,
    stateReason: verdict.reason,
    stateSince: (known?.state === verdict.state ? known.stateSince : null) ?? now,
    withheld: verdict.withheld,
    overrideEnds: verdict.overrideEnds,
    nameKey: nameKeyOf(after.person.givenName, after.person.familyName),
    familyNameKey: familyNameKeyOf(after.person.familyName),
    changedFields,
    event,
    urgent: before !== null && takesAway(before.state, after.state),
    written: known === null || event !== null || isRewritten(known, merged, verdict),
  };
}

/** Nothing that anybody hears of, but where a value comes from, why the state is what it is, or when it ends. */
const isRewritten = (known: KnownIdentity, merged: Merged, { dueAt, reason, overrideEnds }: StateVerdict): boolean =>
  overrideEnds !== null ||
  known.dueAt?.getTime() !== dueAt?.getTime() ||
  !sameJson([known.lineage, known.stateReason], [merged.lineage, reason]);

/** Whom nobody speaks of any more has left. */
function stateFacts({ known, merged, override, settings, now }: IdentityInput): StateFacts {
  const { leading, person, employment } = merged;
  return {
    status: employment.status ?? null,
    startDate: employment.startDate ?? null,
    endDate: employment.endDate ?? null,
    leaveStartDate: employment.leaveStartDate ?? null,
    leaveEndDate: employment.leaveEndDate ?? null,
    timeZone: person.timeZone ?? DEFAULT_ZONE,
    removed: leading?.removed ?? true,
    missing: leading?.missing ?? null,
    absence: settings.absence,
    override,
    isProtected: known?.protectedReason != null,
    current: known && {
      state: known.state,
      since: known.stateSince ?? now,
      byOverride: known.stateReason?.fact === 'override',
    },
    purgeAfterDays: settings.purgeAfterDays,
  };
}

/** Of a purged identity nothing is kept but that it was. */
const erased = (merged: Merged): Merged => ({ ...merged, person: {}, lineage: {}, employment: {}, faults: [] });

function changesOf(before: IdentityFacts, after: IdentityFacts): string[] {
  const [was, is] = [facetsOf(before), facetsOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => !sameJson(was[name], is[name]))
    .sort();
}

const facetsOf = ({ state, managerId, person }: IdentityFacts): Readonly<Record<string, unknown>> => ({
  ...person,
  state,
  managerId,
});
