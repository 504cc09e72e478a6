import { describe, expect, it } from '@jest/globals';
import { readHrEvent } from './read-hr-event.js';

const NOW = new Date('2026-11-23T10:00:00Z');
const EVENT = {
  id: 'evt_1',
  type: 'employee.created',
  occurredAt: '2026-11-23T09:00:00Z',
  employee: {
    employeeNumber: '101',
    firstName: 'Neena',
    lastName: 'Yang',
    email: 'nyang@example.com',
    department: 'Executive',
    title: 'Administration Vice President',
    jobCode: 'AD_VP',
    managerEmployeeNumber: '100',
    employmentType: 'employee',
    location: 'Seattle',
    country: 'US',
    timeZone: 'America/Los_Angeles',
    status: 'active',
    startDate: '2015-09-21',
    endDate: null,
    custom: {},
  },
};

const personOf = (type: string, employee: object): unknown => {
  const read = readHrEvent({ ...EVENT, type, employee: { employeeNumber: '101', ...employee } }, NOW);
  return read.kind === 'event' ? read.event.person : read;
};
const faultsOf = (body: unknown): readonly string[] => {
  const read = readHrEvent(body, NOW);
  return read.kind === 'malformed' ? read.faults.map(({ path, message }) => `${path}: ${message}`) : [];
};

const NO_LEAVE = { leaveStartDate: null, leaveEndDate: null };

describe('readHrEvent', () => {
  it('reads the generic event as documented', () => {
    const { firstName, lastName, ...rest } = EVENT.employee;
    expect(readHrEvent(EVENT, NOW)).toEqual({
      kind: 'event',
      event: {
        id: 'evt_1',
        type: 'employee.created',
        occurredAt: new Date('2026-11-23T09:00:00Z'),
        employeeNumber: '101',
        person: { ...rest, givenName: firstName, familyName: lastName },
      },
    });
  });

  it.each<[string, object, object]>([
    ['employee.created', {}, {}],
    ['employee.updated', { department: 'Sales' }, { department: 'Sales' }],
    ['employee.updated', { department: null }, { department: null }],
    ['employee.updated', { status: 'suspended' }, { status: 'suspended' }],
    ['employee.terminated', {}, { status: 'terminated', endDate: null }],
    ['employee.terminated', { endDate: '2026-12-31' }, { status: 'terminated', endDate: '2026-12-31' }],
    ['employee.terminated', { status: 'active' }, { status: 'terminated', endDate: null }],
    [
      'employee.rehired',
      { startDate: '2026-12-01' },
      { status: 'active', endDate: null, startDate: '2026-12-01', ...NO_LEAVE },
    ],
    ['employee.rehired', { endDate: '2027-06-30' }, { status: 'active', endDate: '2027-06-30', ...NO_LEAVE }],
    ['employee.leave_started', {}, { status: 'on_leave', ...NO_LEAVE }],
    [
      'employee.leave_started',
      { leaveStartDate: '2026-12-01' },
      { status: 'on_leave', leaveStartDate: '2026-12-01', leaveEndDate: null },
    ],
    ['employee.leave_ended', { status: 'on_leave' }, { status: 'active', ...NO_LEAVE }],
    ['employee.leave_ended', { leaveEndDate: '2026-12-24' }, { status: 'active', leaveEndDate: '2026-12-24' }],
  ])('%s with %j says %j: present replaces, null clears, absent stays', (type, employee, said) => {
    expect(personOf(type, employee)).toEqual({ employeeNumber: '101', ...said });
  });

  it.each([
    ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00:00.123456Z', '2026-11-23T09:00:00.123Z'],
    ['2026-11-23T09:00:00+14:00', '2026-11-22T19:00:00.000Z'],
    ['2026-11-23T09:00:00+0000', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00Z', '2026-11-23T09:00:00.000Z'],
    ['2024-02-29T23:59:59-05:00', '2024-03-01T04:59:59.000Z'],
  ])('knows that %s is %s', (occurredAt, at) => {
    expect(readHrEvent({ ...EVENT, occurredAt }, NOW)).toMatchObject({ event: { occurredAt: new Date(at) } });
  });

  it.each([
    '2026-11-23',
    '2026-11-23T09:00:00',
    '2026-11-23 09:00:00Z',
    '2026-02-30T09:00:00Z',
    '23.11.2026',
    '1',
    'yesterday',
    '',
    1_700_000_000,
    null,
    undefined,
  ])('refuses %p as a time: everybody must read the same moment in it', (occurredAt) => {
    expect(faultsOf({ ...EVENT, occurredAt })).toEqual(['occurredAt: must be a time as in 2026-11-23T09:00:00Z']);
  });

  it('takes a sender’s clock that is up to five minutes ahead, and no more', () => {
    expect(faultsOf({ ...EVENT, occurredAt: '2026-11-23T10:05:00Z' })).toEqual([]);
    expect(faultsOf({ ...EVENT, occurredAt: '2026-11-23T10:05:01Z' })).toEqual([
      'occurredAt: lies in the future; say with effectiveAt what takes effect later',
    ]);
  });

  it.each(['2027-01-01', '2027-01-01T09:00:00+01:00'])('keeps when it takes effect: %s', (effectiveAt) => {
    expect(readHrEvent({ ...EVENT, effectiveAt }, NOW)).toMatchObject({ event: { effective: effectiveAt } });
  });

  it.each([undefined, null])('without a time of effect (%p) takes effect when it occurred', (effectiveAt) => {
    expect(readHrEvent({ ...EVENT, effectiveAt }, NOW)).not.toHaveProperty('event.effective');
  });

  it.each(['2027-02-29', 'soon', 1, '2027-01-01T09:00:00'])('refuses %p as a time of effect', (effectiveAt) => {
    expect(faultsOf({ ...EVENT, effectiveAt })).toEqual([expect.stringMatching(/^effectiveAt: must be a day as/)]);
  });

  it('reads the days of a leave', () => {
    const employee = { employeeNumber: '101', leaveStartDate: '2027-02-01', leaveEndDate: '2027-02-28' };
    expect(readHrEvent({ ...EVENT, employee }, NOW)).toMatchObject({ event: { person: employee } });
  });

  it.each(['employee.promoted', 'position.created', 'constructor', '__proto__'])(
    'knows no type %s, and does not mind what is in it',
    (type) => {
      expect(readHrEvent({ id: 'evt_1', type, whatever: 1 }, NOW)).toEqual({ kind: 'unknown_type', type });
    },
  );

  it.each<[string, unknown, string[]]>([
    ['a text', 'hello', [': must be a JSON object']],
    ['a list', [EVENT], [': must be a JSON object']],
    ['null', null, [': must be a JSON object']],
    ['no id', { ...EVENT, id: ' ' }, ['id: must be a text that is unique per event']],
    ['no employee', { ...EVENT, employee: null }, ['employee: must be an object']],
    ['no employee number', { ...EVENT, employee: {} }, ['employee.employeeNumber: must be a text']],
    [
      'a null employee number',
      { ...EVENT, employee: { employeeNumber: null } },
      ['employee.employeeNumber: must be a text'],
    ],
    [
      'a number as employee number',
      { ...EVENT, employee: { employeeNumber: 101 } },
      ['employee.employeeNumber: must be text'],
    ],
    [
      'an unknown field',
      { ...EVENT, employee: { employeeNumber: '1', salary: 1 } },
      ['employee.salary: is not an attribute of a person; use "custom" for attributes of your own'],
    ],
    [
      'several mistakes',
      { ...EVENT, id: 7, occurredAt: 'x', employee: { employeeNumber: '1', email: 'x', startDate: '2026-02-30' } },
      [
        'id: must be a text that is unique per event',
        'occurredAt: must be a time as in 2026-11-23T09:00:00Z',
        'employee.email: must be an e-mail address',
        'employee.startDate: must be a date that exists, as YYYY-MM-DD',
      ],
    ],
  ])('is malformed with %s', (_, body, faults) => {
    expect(faultsOf(body)).toEqual(faults);
  });

  it('is malformed without a type, and says which there are', () => {
    expect(faultsOf({ ...EVENT, type: undefined })).toEqual([
      expect.stringMatching(/^type: must be one of employee\.created, .*employee\.leave_ended$/),
    ]);
  });
});
