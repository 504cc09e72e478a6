import type { LifecycleEvent } from '@tenure/journal';
import { sameJson } from '@tenure/platform';
import type { LifecycleState, Person, PersonField } from '../model/person.js';

export interface IdentityFacts {
  readonly state: LifecycleState;
  readonly person: Person;
  readonly managerId: string | null;
}

const MOVER_FIELDS: readonly PersonField[] = [
  'department',
  'title',
  'jobCode',
  'location',
  'country',
  'employmentType',
];

const ENTERING: Readonly<Record<LifecycleState, LifecycleEvent>> = {
  staged: 'identity.staged',
  active: 'identity.joined',
  on_leave: 'identity.leave_started',
  suspended: 'identity.suspended',
  terminated: 'identity.left',
  purged: 'identity.purged',
};

const RETURNING: Partial<Record<LifecycleState, LifecycleEvent>> = {
  staged: 'identity.joined',
  on_leave: 'identity.leave_ended',
  suspended: 'identity.resumed',
};

/** The lifecycle event that a change of an identity is. `before` is null for a new one. */
export function nameEvent(before: IdentityFacts | null, after: IdentityFacts): LifecycleEvent {
  if (before === null) return ENTERING[after.state];
  if (before.state !== after.state) {
    if (before.state === 'terminated' && after.state !== 'purged') return 'identity.rehired';
    return after.state === 'active' ? (RETURNING[before.state] ?? 'identity.changed') : ENTERING[after.state];
  }
  const moved =
    before.managerId !== after.managerId ||
    MOVER_FIELDS.some((field) => !sameJson(before.person[field], after.person[field]));
  return moved ? 'identity.moved' : 'identity.changed';
}

/** How much of the access that somebody holds works in each state. */
const REACH: Readonly<Record<LifecycleState, number>> = {
  active: 3,
  on_leave: 2,
  suspended: 1,
  staged: 0,
  terminated: 0,
  purged: 0,
};

/** Whether the change takes access away, and so goes before everything that gives some. */
export const takesAway = (before: LifecycleState, after: LifecycleState): boolean => REACH[after] < REACH[before];
