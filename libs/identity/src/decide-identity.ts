import { sameJson } from '@tenure/platform';
import { isUrgent, type LifecycleEvent } from '@tenure/journal';
import { computeState, type StateFacts } from './compute-state.js';
import type { Identity } from './identity.entity.js';
import type { Merged } from './merge-person.js';
import { nameEvent, type IdentityFacts } from './name-event.js';

export type KnownIdentity = Pick<
  Identity,
  'id' | 'state' | 'attributes' | 'lineage' | 'managerId' | 'dueAt' | 'employeeNumber' | 'cause'
>;

/** What an identity becomes. */
export interface IdentityDecision {
  readonly merged: Merged;
  readonly before: IdentityFacts | null;
  readonly after: IdentityFacts;
  readonly dueAt: Date | null;
  /** `null`: nothing that anybody else must hear of. */
  readonly event: LifecycleEvent | null;
  /** It takes access away: goes first. */
  readonly urgent: boolean;
  /** False: not even where a value comes from has changed, so nothing is written. */
  readonly written: boolean;
}

const DEFAULT_ZONE = 'UTC';

/** Decides from the merged statements and the clock alone. `managerId` is the identity that the person names as manager. */
export function decideIdentity(
  known: KnownIdentity | null,
  merged: Merged,
  managerId: string | null,
  now: Date,
): IdentityDecision {
  const { state, dueAt } = computeState(stateFacts(merged), now);
  const after = { state, person: merged.person, managerId: managerId === known?.id ? null : managerId };
  if (known === null) {
    const event = nameEvent(null, after);
    return { merged, before: null, after, dueAt, event, urgent: isUrgent(event), written: true };
  }
  const before = { state: known.state, person: known.attributes, managerId: known.managerId };
  if (sameJson(before, after)) {
    const written = known.dueAt?.getTime() !== dueAt?.getTime() || !sameJson(known.lineage, merged.lineage);
    return { merged, before, after, dueAt, event: null, urgent: false, written };
  }
  const event = nameEvent(before, after);
  return { merged, before, after, dueAt, event, urgent: isUrgent(event), written: true };
}

/** The statement of the source that is believed first decides; whom nobody speaks of any more has left. */
function stateFacts({ leading, person }: Merged): StateFacts {
  const timeZone = person.timeZone ?? DEFAULT_ZONE;
  if (!leading) return { status: null, startDate: null, endDate: null, timeZone, removed: true };
  const { status = null, startDate = null, endDate = null } = leading.person;
  return { status, startDate, endDate, timeZone, removed: leading.removed };
}
