import { describe, expect, it } from '@jest/globals';
import { isDate, isPersonField, PERSON_FIELDS, readPerson } from './person.js';

const FULL = {
  userName: 'ada',
  email: 'ada@example.com',
  givenName: 'Ada',
  familyName: 'Lovelace',
  displayName: 'Ada Lovelace',
  employeeNumber: '101',
  title: 'Countess',
  jobCode: 'CT',
  department: 'Engines',
  managerEmployeeNumber: '100',
  employmentType: 'employee',
  location: 'London',
  country: 'GB',
  timeZone: 'Europe/London',
  status: 'active',
  startDate: '2024-02-29',
  endDate: '2026-12-31',
  leaveStartDate: '2026-07-01',
  leaveEndDate: '2026-07-31',
  groups: ['staff'],
  custom: { costCenter: 'CC-7', seats: 2, remote: true, badge: null, office: { floor: [4] } },
};

/** A text inside `depth` objects. */
function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let at = 0; at < depth; at++) value = { in: value };
  return value;
}

const faultOf = (field: string, value: unknown): string | undefined => {
  const { person, faults } = readPerson({ [field]: value });
  expect(faults.length === 0 || Object.keys(person).length === 0).toBe(true);
  return faults[0]?.message;
};

describe('readPerson', () => {
  it('takes every attribute of a person', () => {
    expect(Object.keys(FULL).sort()).toEqual([...PERSON_FIELDS].sort());
    expect(readPerson(FULL)).toEqual({ person: FULL, faults: [] });
  });

  it('keeps absent, empty and null apart: absent is not said, an empty text and null clear', () => {
    expect(readPerson({ title: undefined, department: null, location: '', jobCode: '  ', endDate: '' })).toEqual({
      person: { department: null, location: null, jobCode: null, endDate: null },
      faults: [],
    });
  });

  it('trims texts', () => {
    expect(readPerson({ familyName: ' Lovelace\t' }).person).toEqual({ familyName: 'Lovelace' });
  });

  it('takes names in any script', () => {
    expect(readPerson({ givenName: '김', familyName: 'Ó Súilleabháin', displayName: '𝒜da 👩‍💻' }).faults).toEqual([]);
  });

  it('keeps the good fields beside the bad ones, and lists every bad one by its path', () => {
    const { person, faults } = readPerson({ email: 'ada', startDate: '2023-02-29', title: 'Countess', nickname: 'A' });
    expect(person).toEqual({ title: 'Countess' });
    expect(faults.map(({ path }) => path)).toEqual(['email', 'startDate', 'nickname']);
  });

  it.each([
    ['title', 7, 'must be text'],
    ['title', {}, 'must be text'],
    ['title', 'x'.repeat(1_001), 'must be at most 1000 characters long'],
    ['title', 'a\nb', 'has control characters'],
    ['title', 'a\u0000b', 'has control characters'],
    ['title', 'a\ud800b', 'has characters that are no text'],
    ['email', 'ada at example.com', 'must be an e-mail address'],
    ['email', 'Ada <ada@example.com>', 'must be an e-mail address'],
    ['email', 'ada@b@example.com', 'must be an e-mail address'],
    ['timeZone', 'Europe/Atlantis', 'must be an IANA time zone such as Europe/Berlin'],
    ['timeZone', 'UTC+14', 'must be an IANA time zone such as Europe/Berlin'],
    ['status', 'gone', 'must be one of active, on_leave, suspended, terminated'],
    ['status', 'constructor', 'must be one of active, on_leave, suspended, terminated'],
    ['startDate', '2023-02-29', 'must be a date that exists, as YYYY-MM-DD'],
    ['startDate', '31.12.2026', 'must be a date that exists, as YYYY-MM-DD'],
    ['endDate', '2026-12-31T00:00:00Z', 'must be a date that exists, as YYYY-MM-DD'],
    ['endDate', 20261231, 'must be a date that exists, as YYYY-MM-DD'],
    ['leaveStartDate', '2026-02-29', 'must be a date that exists, as YYYY-MM-DD'],
    ['leaveEndDate', '2026-06-31', 'must be a date that exists, as YYYY-MM-DD'],
    ['groups', 'staff', 'must be a list of texts'],
    ['groups', ['staff', 1], 'must be a list of texts'],
    ['groups', Array.from({ length: 1_001 }, String), 'must have at most 1000 elements'],
    ['custom', [], 'must be an object'],
    ['custom', 'x', 'must be an object'],
    ['custom', Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, n])), 'must have at most 100 keys'],
    ['custom', { a: { b: ['x\u0000'] } }, 'has characters that are no text'],
    ['custom', { 'x\ud800': 1 }, 'has characters that are no text'],
    ['custom', { a: 'x'.repeat(1_001) }, 'must be at most 1000 characters long'],
    ['custom', { a: Array.from({ length: 1_001 }, String) }, 'must have at most 1000 elements'],
    ['custom', nested(9), 'must not be nested deeper than 8'],
    ['employee_number', '1', 'is not an attribute of a person; use "custom" for attributes of your own'],
    ['constructor', '1', 'is not an attribute of a person; use "custom" for attributes of your own'],
  ])('refuses %s when it is %p', (field, value, message) => {
    expect(faultOf(field, value)).toBe(message);
  });

  it.each([
    ['timeZone', 'Pacific/Kiritimati'],
    ['timeZone', 'UTC'],
    ['custom', { a: 'two\nlines' }],
    ['custom', nested(8)],
    ['groups', []],
    ['startDate', '9999-12-31'],
  ])('takes %s when it is %j', (field, value) => {
    expect(faultOf(field, value)).toBeUndefined();
  });

  it('refuses what is nested without end, and does not fail on it', () => {
    expect(faultOf('custom', nested(100_000))).toBe('must not be nested deeper than 8');
  });

  it('takes a key that would change what an object is as an unknown one', () => {
    const { person, faults } = readPerson(JSON.parse('{"__proto__": {"status": "active"}}') as Record<string, unknown>);
    expect(faults).toHaveLength(1);
    expect((person as { status?: string }).status).toBeUndefined();
  });
});

describe('isPersonField', () => {
  it.each([
    ['email', true],
    ['toString', false],
    ['Email', false],
  ])('%s: %p', (name, is) => {
    expect(isPersonField(name)).toBe(is);
  });
});

describe('isDate', () => {
  it.each([
    ['2024-02-29', true],
    ['2100-02-29', false],
    ['2000-02-29', true],
    ['2026-04-31', false],
    ['2026-13-01', false],
    ['2026-00-10', false],
    ['2026-1-1', false],
    ['+02026-01-01', false],
    ['', false],
  ])('%s: %p', (text, is) => {
    expect(isDate(text)).toBe(is);
  });
});
