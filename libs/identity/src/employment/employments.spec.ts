import { describe, expect, it } from '@jest/globals';
import { computeState, type StateFacts } from './compute-state.js';
import { decideIdentity, type IdentityDecision, type KnownIdentity } from '../lifecycle/decide-identity.js';
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from '../rules/identity-settings.js';
import { mergePerson } from '../merge/merge-person.js';
import { mergeStatement, type FieldStatement } from '../record/merge-statement.js';
import { readPerson, type Person } from '../model/person.js';
import type { Statement } from '../model/statement.js';

const NOON = '2026-11-20T12:00:00Z';
const at = (time: string): Date => new Date(time.includes('T') ? time : `${time}T12:00:00Z`);

/** What one source says, in this order or in any other. */
type Saying = readonly [when: string, person: Person];

const laid = (sayings: readonly Saying[]): FieldStatement =>
  sayings.reduce<FieldStatement>((known, [when, person]) => mergeStatement(known, person, at(when), false), {
    person: {},
    fieldTimes: {},
  });

const RANKS = { admin: 0, hrms: 1, csv: 2, scim: 3, saml: 4 } as const;
const record = (kind: keyof typeof RANKS, said: FieldStatement | Person, more: Partial<Statement> = {}): Statement => ({
  sourceId: kind,
  kind,
  rank: RANKS[kind],
  recordId: `${kind}-1`,
  recordVersion: 1,
  ...('fieldTimes' in said ? said : { person: said, fieldTimes: {} }),
  disputed: {},
  removed: false,
  missing: null,
  ...more,
});

function decide(
  said: readonly Statement[],
  now: string,
  more: { known?: KnownIdentity; settings?: Partial<IdentitySettings> } = {},
): IdentityDecision {
  const merged = mergePerson(said, null, new Map(), at(now));
  const settings = { ...DEFAULT_IDENTITY_SETTINGS, ...more.settings };
  return decideIdentity({ known: more.known ?? null, merged, managerId: null, override: null, settings, now: at(now) });
}
const stateOf = (said: readonly Statement[], now = NOON, settings: Partial<IdentitySettings> = {}): string =>
  decide(said, now, { settings }).after.state;

describe('C4: an end or a leave that is taken back before its day', () => {
  const END = { status: 'terminated', endDate: '2026-12-31' } as const;
  const LEAVE = { status: 'on_leave', leaveStartDate: '2027-02-01', leaveEndDate: '2027-02-28' } as const;
  const NO_LEAVE = { leaveStartDate: null, leaveEndDate: null };

  it.each<[string, Saying[], now: string, expected: string]>([
    [
      'an end',
      [
        ['2026-11-01', END],
        ['2026-11-10', { endDate: null }],
      ],
      NOON,
      'active',
    ],
    [
      'an end that was moved',
      [
        ['2026-11-01', END],
        ['2026-11-10', { endDate: '2027-01-31' }],
        ['2027-01-10', { endDate: null }],
      ],
      '2027-01-11',
      'active',
    ],
    [
      'an end that has come: it has happened',
      [
        ['2026-11-01', END],
        ['2027-01-02', { endDate: null }],
      ],
      '2027-01-03',
      'terminated',
    ],
    [
      'an end on its last evening',
      [
        ['2026-11-01', END],
        ['2026-12-31T23:00:00Z', { endDate: null }],
      ],
      '2027-01-03',
      'active',
    ],
    [
      'an end of an earlier time, after a dismissal at once',
      [
        ['2026-10-01', { endDate: '2026-12-31' }],
        ['2026-11-01', { status: 'terminated', endDate: null }],
        ['2026-11-02', { endDate: null }],
      ],
      NOON,
      'terminated',
    ],
    [
      'nothing that was announced',
      [
        ['2026-11-01', { status: 'terminated', endDate: null }],
        ['2026-11-10', { endDate: null }],
      ],
      NOON,
      'terminated',
    ],
    [
      'an end, and the dismissal is said anew',
      [
        ['2026-11-01', END],
        ['2026-11-10', { status: 'terminated', endDate: null }],
      ],
      NOON,
      'terminated',
    ],
    [
      'a leave',
      [
        ['2026-11-01', LEAVE],
        ['2026-11-10', NO_LEAVE],
      ],
      NOON,
      'active',
    ],
    [
      'a leave that has begun',
      [
        ['2026-11-01', LEAVE],
        ['2027-02-10', NO_LEAVE],
      ],
      '2027-02-11',
      'on_leave',
    ],
    [
      'a leave that was said without a day',
      [
        ['2026-11-01', { status: 'on_leave', ...NO_LEAVE }],
        ['2026-11-10', NO_LEAVE],
      ],
      NOON,
      'on_leave',
    ],
  ])('%s', (_, sayings, now, expected) => {
    expect(stateOf([record('hrms', laid(sayings))], now)).toBe(expected);
    expect(stateOf([record('hrms', laid([...sayings].reverse()))], now)).toBe(expected);
  });
});

describe('C22: a hire that is taken back', () => {
  const START = ['2026-11-01', { startDate: '2026-12-15', status: 'active' }] as const satisfies Saying;
  it.each<[string, Saying[], now: string, expected: string]>([
    ['never begins', [START, ['2026-11-10', { endDate: '2026-12-14' }]], NOON, 'terminated'],
    ['never begins, also on its day', [START, ['2026-11-10', { endDate: '2026-12-14' }]], '2026-12-16', 'terminated'],
    [
      'never begins, with all fields said again',
      [START, ['2026-11-10', { ...START[1], endDate: '2026-11-30' }]],
      '2026-12-16',
      'terminated',
    ],
    [
      'is a rehire where the end was said before',
      [['2024-01-01', { endDate: '2025-01-31' }], START],
      '2026-12-16',
      'active',
    ],
    [
      'is a rehire where each file still says the old end',
      [
        ['2024-01-01', { startDate: '2020-01-01', endDate: '2025-01-31' }],
        ['2026-11-01', { startDate: '2026-11-15', endDate: '2025-01-31' }],
      ],
      NOON,
      'active',
    ],
  ])('%s', (_, sayings, now, expected) => {
    expect(stateOf([record('hrms', laid(sayings))], now)).toBe(expected);
  });
});

describe('C23: a date that means none', () => {
  const NONE = [
    '9999-12-31',
    '9999-12-30',
    '2099-12-31',
    '2999-12-31',
    '0001-01-01',
    '1900-01-01',
    '1899-12-30',
    '1753-01-01',
    '1970-01-01',
  ];
  const WRITTEN = [
    '12/31/9999',
    '31.12.9999',
    '31-12-9999',
    '99991231',
    '9999-12-31T00:00:00Z',
    '0000-00-00',
    '00/00/0000',
    '00000000',
  ];
  const facts = (more: Partial<StateFacts>): StateFacts => ({
    status: 'active',
    startDate: '2020-01-01',
    endDate: null,
    leaveStartDate: null,
    leaveEndDate: null,
    timeZone: 'UTC',
    removed: false,
    missing: null,
    absence: { graceDays: null, becomes: 'terminated' },
    override: null,
    isProtected: false,
    current: null,
    purgeAfterDays: null,
    ...more,
  });

  it.each(NONE)('%s is no end: the status acts at once', (endDate) => {
    expect(computeState(facts({ status: 'terminated', endDate }), at(NOON)).state).toBe('terminated');
    expect(computeState(facts({ endDate }), at(NOON))).toMatchObject({ state: 'active', dueAt: null });
    expect(computeState(facts({ status: 'on_leave', leaveStartDate: endDate }), at(NOON)).state).toBe('on_leave');
    expect(computeState(facts({ leaveStartDate: endDate }), at(NOON)).state).toBe('active');
  });

  it.each([...NONE, ...WRITTEN])('%s is read as no end', (endDate) => {
    expect(readPerson({ endDate, leaveEndDate: endDate })).toEqual({
      person: { endDate: null, leaveEndDate: null },
      faults: [],
    });
  });

  it.each([
    ['0001-01-01', null],
    ['0000-00-00', null],
    ['1975-03-01', '1975-03-01'],
    ['9999-12-31', '9999-12-31'],
  ])('%s as a start is %p: what is not known yet never has begun', (startDate, expected) =>
    expect(readPerson({ startDate }).person.startDate).toBe(expected),
  );

  it.each(['2026-12-31', '2098-12-31', '1971-01-01'])('%s is a date', (endDate) => {
    expect(readPerson({ endDate }).person).toEqual({ endDate });
  });
});

describe('C5: several employments of one source', () => {
  const [OLD, NEW] = [
    { recordId: 'r1', key: '101' },
    { recordId: 'r2', key: '555' },
  ] as const;
  const CLERK: Person = { employeeNumber: '101', title: 'Clerk', department: 'Sales' };
  const HEAD: Person = { employeeNumber: '555', title: null, department: 'IT' };

  it.each<[string, old: Person, now: Person, when: string, expected: Person & { state: string }]>([
    [
      'the one that ended yields',
      { status: 'terminated', endDate: '2026-06-30' },
      { status: 'active', startDate: '2026-11-01' },
      NOON,
      { state: 'active', employeeNumber: '555', department: 'IT' },
    ],
    [
      'the one that ended without a date yields',
      { status: 'terminated' },
      { status: 'active' },
      NOON,
      { state: 'active', employeeNumber: '555', department: 'IT' },
    ],
    [
      'the new one ends, the first goes on',
      { status: 'active' },
      { status: 'terminated', endDate: '2026-11-01' },
      NOON,
      { state: 'active', employeeNumber: '101', title: 'Clerk', department: 'Sales' },
    ],
    [
      'the new one lies ahead',
      { status: 'active', endDate: '2026-11-30' },
      { status: 'active', startDate: '2026-12-01' },
      NOON,
      { state: 'active', employeeNumber: '101', title: 'Clerk' },
    ],
    [
      'the new one begins as the old one ends',
      { status: 'active', endDate: '2026-11-30' },
      { status: 'active', startDate: '2026-12-01' },
      '2026-12-01T00:00:00Z',
      { state: 'active', employeeNumber: '555' },
    ],
    [
      'the old one ended, the new one lies ahead',
      { status: 'terminated', endDate: '2026-10-31' },
      { status: 'active', startDate: '2026-12-01' },
      NOON,
      { state: 'staged', employeeNumber: '555' },
    ],
    [
      'on leave here, at work there',
      { status: 'on_leave' },
      { status: 'active' },
      NOON,
      { state: 'active', employeeNumber: '555' },
    ],
    [
      'both have ended',
      { status: 'terminated', endDate: '2026-06-30' },
      { status: 'terminated', endDate: '2026-10-31' },
      NOON,
      { state: 'terminated', employeeNumber: '555' },
    ],
    [
      'the hire was taken back',
      { status: 'active' },
      { status: 'terminated', startDate: '2026-12-01' },
      NOON,
      { state: 'active', employeeNumber: '101' },
    ],
  ])('%s', (_, old, now, when, { state, ...expected }) => {
    const first = record('hrms', { ...CLERK, ...old }, OLD);
    const second = record('hrms', { ...HEAD, ...now }, NEW);
    const made = [
      [first, second],
      [
        { ...first, recordId: 'r2' },
        { ...second, recordId: 'r1' },
      ],
    ];
    for (const said of made.flatMap((both) => [both, [...both].reverse()])) {
      const { after } = decide(said, when);
      expect({ ...after.person, state: after.state }).toMatchObject({ ...expected, state });
    }
  });

  it('keeps nothing of the ended one that the living one does not say', () => {
    const said = [
      record('hrms', { ...CLERK, status: 'terminated' }, OLD),
      record('hrms', { ...HEAD, status: 'active' }, NEW),
    ];
    expect(decide(said, NOON).after.person.title).toBeUndefined();
  });

  it('lets the file that does not name the old one any more change nothing', () => {
    const missing = { since: at('2026-11-10'), held: false };
    const said = [
      record('csv', { ...CLERK, status: 'active' }, { ...OLD, missing }),
      record('csv', { ...HEAD, status: 'active' }, NEW),
    ];
    const absence = { ...DEFAULT_IDENTITY_SETTINGS.absence, graceDays: 0 };
    expect(stateOf(said, NOON, { absence })).toBe('active');
  });

  it('is due when the next one takes its place', () => {
    const said = [
      record('hrms', { ...CLERK, status: 'active', endDate: '2026-11-30' }, OLD),
      record('hrms', { ...HEAD, status: 'active', startDate: '2026-11-25' }, NEW),
    ];
    expect(decide(said, NOON).dueAt).toEqual(new Date('2026-11-25T00:00:00Z'));
  });
});

describe('S2-1: a suspension counts whichever source says it', () => {
  const HR = record('hrms', { status: 'active' });
  const OFF: Person = { status: 'suspended' };

  it.each<[string, Statement[], expected: string, settings?: Partial<IdentitySettings>]>([
    ['SCIM, while HR leads', [HR, record('scim', OFF)], 'suspended'],
    ['CSV, while HR leads', [HR, record('csv', OFF)], 'suspended'],
    ['HR alone', [record('hrms', OFF), record('scim', { status: 'active' })], 'suspended'],
    [
      'SCIM, where the tenant’s rule is a termination',
      [HR, record('scim', OFF)],
      'terminated',
      { inactive: 'terminated' },
    ],
    ['SCIM, whose source does nothing', [HR, record('scim', OFF, { deactivation: 'nothing' })], 'active'],
    ['SCIM alone, whose source does nothing', [record('scim', OFF, { deactivation: 'nothing' })], 'active'],
    ['SCIM, whose source terminates', [HR, record('scim', OFF, { deactivation: 'terminate' })], 'terminated'],
    [
      'SCIM alone, whose source suspends where the tenant terminates',
      [record('scim', OFF, { deactivation: 'suspend' })],
      'suspended',
      { inactive: 'terminated' },
    ],
    [
      'the strictest of two',
      [HR, record('csv', OFF), record('scim', OFF, { deactivation: 'terminate' })],
      'terminated',
    ],
    ['HR says the end', [record('hrms', { status: 'terminated' }), record('scim', OFF)], 'terminated'],
    ['HR says a start ahead', [record('hrms', { startDate: '2027-01-01' }), record('scim', OFF)], 'staged'],
    ['HR says a leave', [record('hrms', { status: 'on_leave' }), record('scim', OFF)], 'suspended'],
    ['SCIM, which then removes whom it suspended', [HR, record('scim', OFF, { removed: true })], 'suspended'],
    ['SCIM removes whom it never suspended', [HR, record('scim', { status: 'active' }, { removed: true })], 'active'],
    ['an admin’s correction, which says nothing of it', [HR, record('admin', OFF, { corrects: true })], 'active'],
  ])('%s', (_, said, expected, settings = {}) => {
    expect(stateOf(said, NOON, settings)).toBe(expected);
    expect(stateOf([...said].reverse(), NOON, settings)).toBe(expected);
  });

  it('names the source that said it', () => {
    expect(decide([HR, record('scim', OFF)], NOON).stateReason).toEqual({
      fact: 'status',
      status: 'suspended',
      sourceId: 'scim',
    });
  });
});

describe('E1: an admin’s correction', () => {
  const CORRECTION = record('admin', { givenName: 'Ada', status: 'active', endDate: '2030-01-01' }, { corrects: true });
  const gone = { removed: true };

  it.each<[string, Statement[], expected: string]>([
    ['holds nobody', [record('scim', {}, gone)], 'terminated'],
    ['does not lead', [record('hrms', { status: 'terminated' })], 'terminated'],
    ['does not say an end', [record('hrms', { status: 'active' })], 'active'],
    ['keeps nobody beside a login', [record('scim', {}, gone), record('saml', {})], 'terminated'],
    ['counts as nobody beside a login that is all there is', [record('saml', {})], 'active'],
    ['is nobody’s employment by itself', [], 'terminated'],
  ])('%s', (_, said, expected) => {
    const decision = decide([...said, CORRECTION], NOON);
    expect(decision.after).toMatchObject({ state: expected, person: { givenName: 'Ada' } });
    expect(decision.after.person.endDate).toBeUndefined();
  });

  it('does not hold off an absence', () => {
    const missing = { since: at('2026-11-01'), held: false };
    const absence = { ...DEFAULT_IDENTITY_SETTINGS.absence, graceDays: 0 };
    expect(stateOf([record('csv', {}, { missing }), CORRECTION], NOON, { absence })).toBe('terminated');
  });

  it('is not what makes a person whom admins made', () => {
    expect(stateOf([record('admin', { givenName: 'Ada' })])).toBe('active');
  });
});

describe('E2: who was out by absence and is named now', () => {
  const missing = { since: at('2026-11-01'), held: false };
  const known = (state: 'terminated' | 'suspended'): KnownIdentity => ({
    id: 'i1',
    state,
    attributes: {},
    lineage: {},
    managerId: null,
    dueAt: null,
    employeeNumber: null,
    cause: null,
    protectedReason: null,
    stateSince: at('2026-11-01'),
    stateReason: { fact: 'absence', since: '2026-11-01T12:00:00.000Z' },
  });
  const absence = { ...DEFAULT_IDENTITY_SETTINGS.absence, graceDays: 0 };

  it.each<['terminated' | 'suspended', Statement, fact: string]>([
    ['terminated', record('csv', { status: 'terminated' }), 'status'],
    ['terminated', record('csv', { endDate: '2026-11-10' }), 'end_date'],
    ['terminated', record('csv', {}, { removed: true }), 'removed'],
    ['suspended', record('csv', { status: 'suspended' }), 'status'],
  ])('is %s anew: %j, %s', (state, said, fact) => {
    const decision = decide([said], NOON, {
      known: known(state),
      settings: { absence: { ...absence, becomes: state } },
    });
    expect(decision).toMatchObject({ event: 'identity.changed', urgent: true, stateReason: { fact } });
    expect(decision.changedFields).toContain('stateReason');
  });

  it('hears nothing while the absence goes on', () => {
    const decision = decide([record('csv', {}, { missing })], NOON, {
      known: known('terminated'),
      settings: { absence },
    });
    expect(decision.event).toBeNull();
  });
});
