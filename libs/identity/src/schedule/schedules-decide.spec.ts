import { describe, expect, it } from '@jest/globals';
import type { Person } from '../model/person.js';
import { decideDue, effectiveFault, momentOf, waits, type DuePerson } from './schedules-decide.js';

describe('when something takes effect', () => {
  it.each(['2026-11-23', '2028-02-29', '2026-11-23T09:00:00Z', '2026-11-23T09:00+14:00'])('may be %s', (text) => {
    expect(effectiveFault(text)).toBeNull();
  });

  it.each(['', 'tomorrow', '2026-02-29', '2026-11-23T09:00:00', '2026-11-23T25:00:00Z', '23.11.2026', 20261123, null])(
    'cannot be %p',
    (value) => {
      expect(effectiveFault(value)).toMatch(/^must be a day/);
    },
  );

  it.each([
    ['a day begins where the person is', '2026-12-01', 'America/Los_Angeles', '2026-12-01T08:00:00.000Z'],
    ['first of all in UTC+14', '2026-12-01', 'Pacific/Kiritimati', '2026-11-30T10:00:00.000Z'],
    [
      'a day without its first hour begins with its second',
      '2026-09-06',
      'America/Santiago',
      '2026-09-06T04:00:00.000Z',
    ],
    ['a leap day', '2028-02-29', 'Europe/Berlin', '2028-02-28T23:00:00.000Z'],
    [
      'a time is what it says, wherever the person is',
      '2026-12-01T09:00:00+01:00',
      'Asia/Tokyo',
      '2026-12-01T08:00:00.000Z',
    ],
  ])('%s', (_, effective, zone, moment) => {
    expect(momentOf(effective, zone).toISOString()).toBe(moment);
  });

  it.each([
    ['2026-11-23T08:59:59Z', false],
    ['2026-11-23T09:05:00Z', false],
    ['2026-11-23T09:05:01Z', true],
  ])('at %s it waits: %p, for clocks of senders differ', (at, expected) => {
    expect(waits(new Date(at), new Date('2026-11-23T09:00:00Z'))).toBe(expected);
  });
});

describe('decideDue', () => {
  const [BEFORE, RECEIVED, AFTER] = ['2026-11-01', '2026-11-10', '2026-11-20'].map((day) => new Date(day)) as [
    Date,
    Date,
    Date,
  ];
  const left = (stateSince: Date | null): DuePerson => ({ state: 'terminated', stateSince });

  it.each<[string, Person, DuePerson | null, 'apply' | 'withdraw']>([
    ['somebody new', { status: 'active' }, null, 'apply'],
    ['somebody who works', { status: 'on_leave' }, { state: 'active', stateSince: BEFORE }, 'apply'],
    ['an attribute of somebody who left', { department: 'IT' }, left(AFTER), 'apply'],
    ['the end of a leave of somebody who left meanwhile', { status: 'active' }, left(AFTER), 'withdraw'],
    ['a leave of somebody who left meanwhile', { status: 'on_leave' }, left(AFTER), 'withdraw'],
    ['a rehire that was known before they left', { status: 'active', endDate: null }, left(AFTER), 'apply'],
    ['a return that was said after they left', { status: 'active' }, left(BEFORE), 'apply'],
    ['a termination of somebody who left meanwhile', { status: 'terminated' }, left(AFTER), 'apply'],
    ['whoever left at a time that is not known', { status: 'active' }, left(null), 'apply'],
  ])('%s', (_, person, known, expected) => {
    expect(decideDue({ person, receivedAt: RECEIVED }, known)).toBe(expected);
  });
});
