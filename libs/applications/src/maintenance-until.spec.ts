import { describe, expect, it } from '@jest/globals';
import type { MaintenanceWindow } from './application-rules.js';
import { maintenanceUntil } from './maintenance-until.js';

const once: MaintenanceWindow = { from: '2026-11-23T22:00:00+01:00', until: '2026-11-24T02:00:00+01:00' };
/** Sundays at 02:00 in Berlin, two hours. */
const sunday: MaintenanceWindow = { weekday: 7, at: '02:00', minutes: 120, timeZone: 'Europe/Berlin' };
/** Sundays at 23:00 in Auckland, into Monday. */
const overnight: MaintenanceWindow = { weekday: 7, at: '23:00', minutes: 180, timeZone: 'Pacific/Auckland' };
const wholeWeek: MaintenanceWindow = { weekday: 3, at: '00:00', minutes: 7 * 24 * 60, timeZone: 'UTC' };

describe('maintenanceUntil', () => {
  it.each<[string, MaintenanceWindow[], now: string, until: string | null]>([
    ['nothing is planned', [], '2026-11-23T21:00:00Z', null],
    ['once: before', [once], '2026-11-23T20:59:59.999Z', null],
    ['once: at its first moment', [once], '2026-11-23T21:00:00Z', '2026-11-24T01:00:00Z'],
    ['once: at its last', [once], '2026-11-24T00:59:59.999Z', '2026-11-24T01:00:00Z'],
    ['once: when it has ended', [once], '2026-11-24T01:00:00Z', null],
    ['weekly: before', [sunday], '2026-11-22T00:59:59Z', null],
    ['weekly, in winter time', [sunday], '2026-11-22T01:00:00Z', '2026-11-22T03:00:00Z'],
    ['weekly: when it has ended', [sunday], '2026-11-22T03:00:00Z', null],
    ['weekly, in summer time', [sunday], '2026-07-05T00:30:00Z', '2026-07-05T02:00:00Z'],
    ['weekly: the same hour in winter is before it', [sunday], '2026-12-06T00:30:00Z', null],
    ['weekly: on another day', [sunday], '2026-11-23T01:30:00Z', null],
    ['the night when 02:00 is skipped: as much later', [sunday], '2026-03-29T01:00:00Z', '2026-03-29T03:00:00Z'],
    ['the night when 02:00 comes twice: the first time', [sunday], '2026-10-25T00:00:00Z', '2026-10-25T02:00:00Z'],
    ['and its minutes do not jump', [sunday], '2026-10-25T02:00:00Z', null],
    ['over midnight: still on Monday there', [overnight], '2026-11-22T12:30:00Z', '2026-11-22T13:00:00Z'],
    ['over midnight: when it has ended', [overnight], '2026-11-22T13:00:00Z', null],
    ['over the end of the week', [{ ...overnight, minutes: 24 * 60 }], '2026-11-23T09:59:00Z', '2026-11-23T10:00:00Z'],
    [
      'of last week, and longer than six days',
      [{ ...sunday, minutes: 8_640 }],
      '2026-11-28T00:59:00Z',
      '2026-11-28T01:00:00Z',
    ],
    [
      'two that overlap are one',
      [once, { from: '2026-11-24T00:30:00Z', until: '2026-11-24T04:00:00Z' }],
      '2026-11-23T22:00:00Z',
      '2026-11-24T04:00:00Z',
    ],
    [
      'two that touch are one',
      [{ from: '2026-11-24T01:00:00Z', until: '2026-11-24T04:00:00Z' }, once],
      '2026-11-23T22:00:00Z',
      '2026-11-24T04:00:00Z',
    ],
    [
      'one within another',
      [once, { from: '2026-11-23T22:00:00Z', until: '2026-11-23T23:00:00Z' }],
      '2026-11-23T22:30:00Z',
      '2026-11-24T01:00:00Z',
    ],
    ['all the time: until the one after the next', [wholeWeek], '2026-11-25T00:00:00Z', '2026-12-09T00:00:00Z'],
  ])('%s', (_, windows, now, until) => {
    expect(maintenanceUntil(windows, new Date(now))).toEqual(until === null ? null : new Date(until));
  });
});
