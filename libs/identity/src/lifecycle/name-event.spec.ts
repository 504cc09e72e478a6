import { describe, expect, it } from '@jest/globals';
import { LIFECYCLE_EVENTS, type LifecycleEvent } from '@tenure/journal';
import { nameEvent, takesAway, type IdentityFacts } from './name-event.js';
import type { LifecycleState, Person } from '../model/person.js';

const facts = (state: LifecycleState, person: Person = {}, managerId: string | null = null): IdentityFacts => ({
  state,
  person,
  managerId,
});

describe('nameEvent', () => {
  it.each<[LifecycleState | null, LifecycleState, LifecycleEvent]>([
    [null, 'staged', 'identity.staged'],
    [null, 'active', 'identity.joined'],
    [null, 'on_leave', 'identity.leave_started'],
    [null, 'suspended', 'identity.suspended'],
    [null, 'terminated', 'identity.left'],
    ['staged', 'active', 'identity.joined'],
    ['staged', 'terminated', 'identity.left'],
    ['active', 'on_leave', 'identity.leave_started'],
    ['on_leave', 'active', 'identity.leave_ended'],
    ['active', 'suspended', 'identity.suspended'],
    ['suspended', 'active', 'identity.resumed'],
    ['on_leave', 'suspended', 'identity.suspended'],
    ['suspended', 'on_leave', 'identity.leave_started'],
    ['active', 'staged', 'identity.staged'],
    ['active', 'terminated', 'identity.left'],
    ['on_leave', 'terminated', 'identity.left'],
    ['terminated', 'active', 'identity.rehired'],
    ['terminated', 'staged', 'identity.rehired'],
    ['terminated', 'suspended', 'identity.rehired'],
    ['terminated', 'purged', 'identity.purged'],
    ['suspended', 'purged', 'identity.purged'],
    ['staged', 'on_leave', 'identity.leave_started'],
    ['suspended', 'staged', 'identity.staged'],
    ['on_leave', 'staged', 'identity.staged'],
  ])('from %s to %s is %s', (before, after, event) => {
    expect(nameEvent(before === null ? null : facts(before), facts(after))).toBe(event);
    expect(LIFECYCLE_EVENTS).toContain(event);
  });

  it.each<[string, Person, Person]>([
    ['department', { department: 'Sales' }, { department: 'IT' }],
    ['title', {}, { title: 'Head' }],
    ['job code', { jobCode: 'A' }, {}],
    ['location', { location: 'Rome' }, { location: 'Bern' }],
    ['country', { country: 'IT' }, { country: 'CH' }],
    ['employment type', { employmentType: 'contractor' }, { employmentType: 'employee' }],
  ])('a new %s is a move', (_, before, after) => {
    expect(nameEvent(facts('active', before), facts('active', after))).toBe('identity.moved');
  });

  it('a new manager is a move', () => {
    expect(nameEvent(facts('active', {}, 'a'), facts('active', {}, 'b'))).toBe('identity.moved');
  });

  it.each<[string, Person, Person]>([
    ['another name', { familyName: 'Byron' }, { familyName: 'Lovelace' }],
    ['a cleared department that never was', {}, { department: null }],
    ['another cost centre', { custom: { a: 1 } }, { custom: { a: 2 } }],
  ])('%s is a change and no move', (_, before, after) => {
    expect(nameEvent(facts('active', before), facts('active', after))).toBe('identity.changed');
  });

  it('a move that comes with leaving is leaving', () => {
    expect(nameEvent(facts('active', { department: 'A' }), facts('terminated', { department: 'B' }))).toBe(
      'identity.left',
    );
  });
});

describe('takesAway', () => {
  const STATES = ['active', 'on_leave', 'suspended', 'staged', 'terminated', 'purged'] as const;

  it('is true of what goes first: from each state, to those in which less of the access works', () => {
    const urgent = STATES.map((before) => [before, STATES.filter((after) => takesAway(before, after))]);
    expect(Object.fromEntries(urgent)).toEqual({
      active: ['on_leave', 'suspended', 'staged', 'terminated', 'purged'],
      on_leave: ['suspended', 'staged', 'terminated', 'purged'],
      suspended: ['staged', 'terminated', 'purged'],
      staged: [],
      terminated: [],
      purged: [],
    });
  });
});
