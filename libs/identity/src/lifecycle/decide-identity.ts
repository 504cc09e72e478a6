import { sameJson } from '@tenure/platform';
import type { LifecycleEvent } from '@tenure/journal';
import {
  computeState,
  type CutOff,
  type StateFacts,
  type StateReason,
  type StateVerdict,
} from '../employment/compute-state.js';
import type { IdentitySettings } from '../rules/identity-settings.js';
import type { Identity } from '../model/identity.entity.js';
import type { Merged } from '../merge/merge-person.js';
import type { Statement } from '../model/statement.js';
import { nameEvent, takesAway, type IdentityFacts } from './name-event.js';
import { familyNameKeyOf, nameKeyOf } from '../model/normalise.js';
import type { LifecycleState } from '../model/person.js';

export type KnownIdentity = Pick<
  Identity,
  | 'id'
  | 'state'
  | 'attributes'
  | 'lineage'
  | 'managerId'
  | 'dueAt'
  | 'employeeNumber'
  | 'cause'
  | 'protectedReason'
  | 'stateSince'
  | 'stateReason'
>;

/** Everything that decides what an identity becomes. */
export interface IdentityInput {
  /** Null for somebody new. */
  readonly known: KnownIdentity | null;
  readonly merged: Merged;
  /** The identity that the person names as manager. */
  readonly managerId: string | null;
  readonly override: StateFacts['override'];
  readonly settings: Pick<IdentitySettings, 'absence' | 'purgeAfterDays' | 'inactive'>;
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
  const { state, dueAt: changesAt, reason: stateReason, withheld, overrideEnds } = computeState(stateFacts(input), now);
  const dueAt = state === 'purged' ? null : earlier(changesAt, input.merged.reviewAt);
  const merged = state === 'purged' ? erased(input.merged) : input.merged;
  const { person } = merged;
  const managerId = state === 'purged' || input.managerId === known?.id ? null : input.managerId;
  const after = { state, person, managerId };
  const outcome = {
    merged,
    after,
    dueAt,
    stateReason,
    withheld,
    overrideEnds,
    nameKey: nameKeyOf(person.givenName, person.familyName),
    familyNameKey: familyNameKeyOf(person.familyName),
  };
  if (known === null) {
    const event = nameEvent(null, after);
    return { ...outcome, before: null, stateSince: now, changedFields: ['*'], event, urgent: false, written: true };
  }
  const before = { state: known.state, person: known.attributes, managerId: known.managerId };
  const isNamedNow = isNamed(known, state, stateReason);
  const changedFields = withReason(changesOf(before, after), isNamedNow);
  const event = changedFields.length === 0 ? null : nameEvent(before, after);
  return {
    ...outcome,
    before,
    stateSince: (known.state === state ? known.stateSince : null) ?? now,
    changedFields,
    event,
    urgent: isNamedNow || takesAway(before.state, after.state),
    written: event !== null || isRewritten(known, outcome),
  };
}

const earlier = (a: Date | null, b: Date | null): Date | null => (a !== null && b !== null && b < a ? b : (a ?? b));

/**
 * Who was out because a list did not name them, and is named now: others must hear of it, for what is held over a budget for
 * absence is not held for somebody who is named.
 */
const isNamed = (known: KnownIdentity, state: LifecycleState, { fact }: StateReason): boolean =>
  (state === 'terminated' || state === 'suspended') &&
  known.state === state &&
  known.stateReason?.fact === 'absence' &&
  fact !== 'absence';

const withReason = (fields: string[], isNamedNow: boolean): string[] =>
  isNamedNow ? [...fields, 'stateReason'] : fields;

type Outcome = Pick<IdentityDecision, 'merged' | 'dueAt' | 'stateReason' | 'overrideEnds'>;

/** Nothing that anybody hears of, but where a value comes from, why the state is what it is, or when it ends. */
const isRewritten = (known: KnownIdentity, { merged, dueAt, stateReason, overrideEnds }: Outcome): boolean =>
  overrideEnds !== null ||
  known.dueAt?.getTime() !== dueAt?.getTime() ||
  !sameJson([known.lineage, known.stateReason], [merged.lineage, stateReason]);

/** Whom nobody speaks of any more has left. */
function stateFacts({ known, merged, override, settings, now }: IdentityInput): StateFacts {
  const { leading, person, employment } = merged;
  return {
    ...employment,
    status: statusOf(merged, settings),
    hireTakenBack: merged.hireTakenBack,
    cutOff: cutOffOf(merged, settings),
    timeZone: person.timeZone ?? DEFAULT_ZONE,
    removed: leading?.removed ?? true,
    missing: leading?.missing ?? null,
    absence: settings.absence,
    override,
    isProtected: known?.protectedReason != null,
    current: known && currentOf(known, now),
    purgeAfterDays: settings.purgeAfterDays,
  };
}

type Rules = IdentityInput['settings'];

/** What the leading source's deactivation comes to: SCIM knows active and inactive only, and a source may have a rule of its own. */
function statusOf({ leading, employment }: Merged, settings: Rules): StateFacts['status'] {
  if (leading === undefined || employment.status !== 'suspended' || leading.person.status !== 'suspended')
    return employment.status;
  return DEACTIVATED[deactivationOf(leading, settings)];
}

/** Whoever deactivates a person is believed, whichever source leads; the strictest of several. */
function cutOffOf({ deactivated, leading }: Merged, settings: Rules): CutOff | null {
  const cuts = deactivated
    .filter(({ recordId }) => recordId !== leading?.recordId)
    .flatMap((statement): CutOff[] => {
      const state = DEACTIVATED[deactivationOf(statement, settings)];
      return state === null ? [] : [{ state, sourceId: statement.sourceId }];
    });
  return cuts.find(({ state }) => state === 'terminated') ?? cuts[0] ?? null;
}

const DEACTIVATED = { nothing: null, suspend: 'suspended', terminate: 'terminated' } as const;

function deactivationOf({ kind, deactivation }: Statement, { inactive }: Rules): keyof typeof DEACTIVATED {
  if (deactivation != null) return deactivation;
  return kind === 'scim' && inactive === 'terminated' ? 'terminate' : 'suspend';
}

const currentOf = ({ state, stateSince, stateReason }: KnownIdentity, now: Date): StateFacts['current'] => ({
  state,
  since: stateSince ?? now,
  byOverride: stateReason?.fact === 'override',
});

/** Of a purged identity nothing is kept but that it was. */
const erased = (merged: Merged): Merged => ({ ...merged, person: {}, lineage: {}, faults: [] });

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
