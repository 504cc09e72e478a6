import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideIdentity, type IdentityDecision, type IdentityInput, type KnownIdentity } from './decide-identity.js';
import { DEFAULT_IDENTITY_SETTINGS } from '../rules/identity-settings.js';
import { mergePerson } from '../merge/merge-person.js';
import type { Statement } from '../model/statement.js';
import type { Person } from '../model/person.js';

const NOW = new Date('2026-06-15T12:00:00Z');
const LATER = new Date('2026-06-16T12:00:00Z');
const ADA: Person = { givenName: 'Ada', familyName: 'Müller', employeeNumber: '7', department: 'IT', status: 'active' };

const hr = (person: Person, more: Partial<Statement> = {}): Statement => ({
  sourceId: 'hr',
  kind: 'hrms',
  rank: 1,
  recordId: 'r1',
  recordVersion: 1,
  person,
  fieldTimes: {},
  disputed: {},
  removed: false,
  missing: null,
  ...more,
});

type More = Partial<Omit<IdentityInput, 'merged'>>;

const decide = (said: readonly Statement[], more: More = {}): IdentityDecision => {
  const { known = null, now = NOW } = more;
  const merged = mergePerson(said, known && { person: known.attributes, lineage: known.lineage }, new Map(), now);
  return decideIdentity({
    known,
    merged,
    managerId: null,
    override: null,
    settings: DEFAULT_IDENTITY_SETTINGS,
    now,
    ...more,
  });
};

/** The identity as it is kept after a decision. */
const kept = (
  { after, merged, dueAt, stateSince, stateReason }: IdentityDecision,
  protectedReason: string | null = null,
): KnownIdentity => ({
  id: 'i1',
  state: after.state,
  attributes: after.person,
  lineage: merged.lineage,
  managerId: after.managerId,
  dueAt,
  employeeNumber: after.person.employeeNumber ?? null,
  cause: null,
  protectedReason,
  stateSince,
  stateReason: { ...stateReason },
});
const known = (person: Person = ADA, protectedReason: string | null = null): KnownIdentity =>
  kept(decide([hr(person)]), protectedReason);

describe('decideIdentity', () => {
  it('of somebody new changes everything', () => {
    expect(decide([hr(ADA)])).toMatchObject({
      before: null,
      after: { state: 'active', managerId: null },
      event: 'identity.joined',
      urgent: false,
      written: true,
      changedFields: ['*'],
      stateReason: { fact: 'employed' },
      stateSince: NOW,
      nameKey: 'ada muller',
      familyNameKey: 'muller',
    });
  });

  it.each<[string, Person, string[], string | null, boolean]>([
    ['nothing new', ADA, [], null, false],
    ['another name', { ...ADA, givenName: 'Eve' }, ['displayName', 'givenName'], 'identity.changed', false],
    ['a new department', { ...ADA, department: 'HR' }, ['department'], 'identity.moved', false],
    ['a department that is gone', { ...ADA, department: null }, ['department'], 'identity.moved', false],
    ['something new', { ...ADA, title: 'Head' }, ['title'], 'identity.moved', false],
    ['a leave', { ...ADA, status: 'on_leave' }, ['state'], 'identity.leave_started', true],
    ['a start that moved away', { ...ADA, startDate: '2026-07-01' }, ['startDate', 'state'], 'identity.staged', true],
    ['an end', { ...ADA, status: 'terminated' }, ['state'], 'identity.left', true],
    ['an end ahead', { ...ADA, endDate: '2026-06-30' }, ['endDate'], 'identity.changed', false],
  ])('%s: what changed, what it is called, whether it goes first', (_, person, changedFields, event, urgent) => {
    const decision = decide([hr(person)], { known: known(), now: LATER });
    expect([decision.changedFields, decision.event, decision.urgent]).toEqual([changedFields, event, urgent]);
    expect(decision.written).toBe(event !== null);
  });

  it('knows a new manager, and nobody as his own', () => {
    expect(decide([hr(ADA)], { known: known(), managerId: 'i2' })).toMatchObject({
      changedFields: ['managerId'],
      event: 'identity.moved',
      after: { managerId: 'i2' },
    });
    expect(decide([hr(ADA)], { known: known(), managerId: 'i1' }).event).toBeNull();
  });

  it('keeps since when the state holds while it holds, whatever else changes', () => {
    expect(decide([hr({ ...ADA, title: 'Head' })], { known: known(), now: LATER }).stateSince).toEqual(NOW);
    expect(decide([hr({ ...ADA, status: 'suspended' })], { known: known(), now: LATER }).stateSince).toEqual(LATER);
  });

  it.each<[string, Statement, More]>([
    ['a value that another record holds now', hr(ADA, { recordId: 'r2', sourceId: 'hr2' }), {}],
    [
      'another reason for the same state',
      hr({ ...ADA, endDate: '2026-06-01' }),
      { known: known({ ...ADA, endDate: '2026-06-01', status: 'terminated', startDate: '2026-06-02' }) },
    ],
    ['an override that is over', hr(ADA), { override: { state: 'active', startsAt: new Date(0), endsAt: NOW } }],
  ])('%s is written, though nobody hears of it', (_, said, more) => {
    const base = known();
    const decision = decide([said], { known: base, now: LATER, ...more });
    if (more.known === undefined) expect(decision.event).toBeNull();
    expect(decision.written).toBe(true);
  });

  describe('a protected identity', () => {
    it('stays, and tells what it would have become', () => {
      const decision = decide([hr({ ...ADA, status: 'terminated' })], { known: known(ADA, 'break-glass'), now: LATER });
      expect(decision).toMatchObject({
        after: { state: 'active' },
        withheld: 'terminated',
        event: null,
        stateReason: { fact: 'protected', insteadOf: { fact: 'status' } },
      });
    });

    it('is active again when the admin’s override was lifted', () => {
      const override = { state: 'suspended' as const, startsAt: new Date('2026-06-01T00:00:00Z'), endsAt: null };
      const suspended = decide([hr({ ...ADA, status: 'terminated' })], { known: known(ADA, 'break-glass'), override });
      expect(suspended.after.state).toBe('suspended');
      const lifted = decide([hr({ ...ADA, status: 'terminated' })], {
        known: kept(suspended, 'break-glass'),
        now: LATER,
      });
      expect(lifted).toMatchObject({ after: { state: 'active' }, withheld: 'terminated', event: 'identity.resumed' });
    });
  });

  describe('an identity that is purged', () => {
    const left = decide([hr({ ...ADA, status: 'terminated' })], { known: known() });
    const settings = { ...DEFAULT_IDENTITY_SETTINGS, purgeAfterDays: 30 };
    const purged = decide([hr({ ...ADA, status: 'terminated' })], {
      known: kept(left),
      managerId: 'i2',
      settings,
      now: new Date('2026-07-15T12:00:00Z'),
    });

    it('keeps nothing of the person', () => {
      expect(purged).toMatchObject({
        after: { state: 'purged', person: {}, managerId: null },
        merged: { person: {}, lineage: {} },
        dueAt: null,
        event: 'identity.purged',
        urgent: false,
        nameKey: null,
        familyNameKey: null,
      });
    });

    it('stays purged, and is not written again, whatever is said', () => {
      const again = decide([hr(ADA)], { known: kept(purged), settings, now: new Date('2030-01-01T00:00:00Z') });
      expect(again).toMatchObject({ after: { state: 'purged', person: {} }, event: null, written: false });
    });
  });

  it('decided again from what was kept, changes nothing: one write is enough', () => {
    const person = fc.record<Person>(
      {
        title: fc.constantFrom('A', null),
        givenName: fc.constantFrom('Ada', 'Eve'),
        status: fc.constantFrom('active', 'on_leave', 'suspended', 'terminated'),
        startDate: fc.constantFrom('2026-01-01', '2026-07-01'),
        endDate: fc.constantFrom('2026-05-31', '2026-08-31'),
        timeZone: fc.constantFrom('Pacific/Kiritimati', 'America/New_York'),
      },
      { requiredKeys: [] },
    );
    const override = fc.option(
      fc.record({
        state: fc.constantFrom('active' as const, 'on_leave' as const, 'suspended' as const, 'terminated' as const),
        startsAt: fc.constantFrom(new Date('2026-06-01T00:00:00Z'), new Date('2026-07-01T00:00:00Z')),
        endsAt: fc.constantFrom(null, new Date('2026-06-10T00:00:00Z'), new Date('2026-08-01T00:00:00Z')),
      }),
      { nil: null },
    );
    fc.assert(
      fc.property(person, person, override, fc.boolean(), (first, second, admin, isProtected) => {
        const reason = isProtected ? 'break-glass' : null;
        const base = kept(decide([hr(first)]), reason);
        const once = decide([hr(second, { recordVersion: 2 })], { known: base, override: admin, now: LATER });
        const open = once.overrideEnds === null ? admin : null;
        const again = decide([hr(second, { recordVersion: 2 })], {
          known: kept(once, reason),
          override: open,
          now: LATER,
        });
        expect({ event: again.event, written: again.written, changed: again.changedFields }).toEqual({
          event: null,
          written: false,
          changed: [],
        });
      }),
      { seed: 20_261_124, numRuns: 1_000 },
    );
  });
});
