import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { computeState, type StateFacts } from './compute-state.js';
import { STATUSES } from './person.js';

const facts = (more: Partial<StateFacts>): StateFacts => ({
  status: 'active',
  startDate: null,
  endDate: null,
  timeZone: 'UTC',
  removed: false,
  ...more,
});

/** The verdict as one readable text: `staged until 2026-03-01T00:00:00.000Z`. */
function verdict(more: Partial<StateFacts>, now: string): string {
  const { state, dueAt } = computeState(facts(more), new Date(now));
  return dueAt === null ? state : `${state} until ${dueAt.toISOString().replace('.000Z', 'Z')}`;
}

const NOON = '2026-06-15T12:00:00Z';

describe('computeState', () => {
  it.each<[situation: string, Partial<StateFacts>, now: string, expected: string]>([
    // Status alone
    ['nothing is known', { status: null }, NOON, 'active'],
    ['works', {}, NOON, 'active'],
    ['is on leave', { status: 'on_leave' }, NOON, 'on_leave'],
    ['is suspended', { status: 'suspended' }, NOON, 'suspended'],
    ['was dismissed without a date', { status: 'terminated' }, NOON, 'terminated'],
    ['was taken away by the source', { removed: true }, NOON, 'terminated'],
    [
      'was taken away, whatever else is said',
      { removed: true, startDate: '2026-07-01', endDate: '2026-12-31' },
      NOON,
      'terminated',
    ],

    // The first day
    ['starts in two weeks', { startDate: '2026-07-01' }, NOON, 'staged until 2026-07-01T00:00:00Z'],
    [
      'starts in two weeks, status not said',
      { status: null, startDate: '2026-07-01' },
      NOON,
      'staged until 2026-07-01T00:00:00Z',
    ],
    ['starts at this moment', { startDate: '2026-06-15' }, '2026-06-15T00:00:00Z', 'active'],
    [
      'starts in a millisecond',
      { startDate: '2026-06-15' },
      '2026-06-14T23:59:59.999Z',
      'staged until 2026-06-15T00:00:00Z',
    ],
    [
      'starts later, and is called suspended',
      { status: 'suspended', startDate: '2026-07-01' },
      NOON,
      'staged until 2026-07-01T00:00:00Z',
    ],
    ['will not come after all', { status: 'terminated', startDate: '2026-07-01' }, NOON, 'terminated'],
    [
      'starts and ends ahead',
      { startDate: '2026-07-01', endDate: '2026-12-31' },
      NOON,
      'staged until 2026-07-01T00:00:00Z',
    ],

    // The last day
    ['has an end ahead', { endDate: '2026-12-31' }, NOON, 'active until 2027-01-01T00:00:00Z'],
    ['has the last day today', { endDate: '2026-06-15' }, NOON, 'active until 2026-06-16T00:00:00Z'],
    ['had the last day yesterday', { endDate: '2026-06-14' }, NOON, 'terminated'],
    ['ends at this moment', { endDate: '2026-06-14' }, '2026-06-15T00:00:00Z', 'terminated'],
    [
      'is on leave until the end',
      { status: 'on_leave', endDate: '2026-06-30' },
      NOON,
      'on_leave until 2026-07-01T00:00:00Z',
    ],
    [
      'was dismissed, with the end ahead',
      { status: 'terminated', endDate: '2026-06-30' },
      NOON,
      'active until 2026-07-01T00:00:00Z',
    ],
    ['was dismissed, with the end past', { status: 'terminated', endDate: '2026-06-01' }, NOON, 'terminated'],
    [
      'was dismissed, with the end today',
      { status: 'terminated', endDate: '2026-06-15' },
      NOON,
      'active until 2026-06-16T00:00:00Z',
    ],
    [
      'has one day of work, today',
      { startDate: '2026-06-15', endDate: '2026-06-15' },
      NOON,
      'active until 2026-06-16T00:00:00Z',
    ],
    [
      'has the end that HR systems write for none',
      { endDate: '9999-12-31' },
      NOON,
      'active until +010000-01-01T00:00:00Z',
    ],

    // Rehire
    ['was rehired, and the old end still stands', { startDate: '2026-06-01', endDate: '2025-12-31' }, NOON, 'active'],
    [
      'is rehired later, and the old end still stands',
      { startDate: '2026-07-01', endDate: '2025-12-31' },
      NOON,
      'staged until 2026-07-01T00:00:00Z',
    ],
    [
      'left again after a rehire, and the old end still stands',
      { status: 'terminated', startDate: '2026-06-01', endDate: '2025-12-31' },
      NOON,
      'terminated',
    ],

    // Time zones
    [
      'starts in the earliest zone',
      { startDate: '2026-07-01', timeZone: 'Pacific/Kiritimati' },
      '2026-06-30T09:59:59Z',
      'staged until 2026-06-30T10:00:00Z',
    ],
    [
      'has started in the earliest zone',
      { startDate: '2026-07-01', timeZone: 'Pacific/Kiritimati' },
      '2026-06-30T10:00:00Z',
      'active',
    ],
    [
      'ends in the earliest zone',
      { endDate: '2026-06-30', timeZone: 'Pacific/Kiritimati' },
      NOON,
      'active until 2026-06-30T10:00:00Z',
    ],
    [
      'ends in the latest zone',
      { endDate: '2026-06-30', timeZone: 'Pacific/Pago_Pago' },
      NOON,
      'active until 2026-07-01T11:00:00Z',
    ],
    [
      'ends in a zone of a quarter hour',
      { endDate: '2026-06-30', timeZone: 'Asia/Kathmandu' },
      NOON,
      'active until 2026-06-30T18:15:00Z',
    ],

    // Daylight saving: days of 23 and 25 hours, and midnights that do not exist
    [
      'ends on the day of 23 hours',
      { endDate: '2026-03-29', timeZone: 'Europe/Berlin' },
      '2026-03-29T12:00:00Z',
      'active until 2026-03-29T22:00:00Z',
    ],
    [
      'ends on the day of 25 hours',
      { endDate: '2026-10-25', timeZone: 'Europe/Berlin' },
      '2026-10-25T12:00:00Z',
      'active until 2026-10-25T23:00:00Z',
    ],
    [
      'starts on a day without a midnight',
      { startDate: '2026-09-06', timeZone: 'America/Santiago' },
      '2026-09-05T12:00:00Z',
      'staged until 2026-09-06T04:00:00Z',
    ],
    [
      'ends on the eve of a day without a midnight',
      { endDate: '2026-09-05', timeZone: 'America/Santiago' },
      '2026-09-05T12:00:00Z',
      'active until 2026-09-06T04:00:00Z',
    ],

    // The calendar
    [
      'starts on the leap day',
      { startDate: '2028-02-29' },
      '2028-02-28T12:00:00Z',
      'staged until 2028-02-29T00:00:00Z',
    ],
    ['ends on the leap day', { endDate: '2028-02-29' }, '2028-02-29T12:00:00Z', 'active until 2028-03-01T00:00:00Z'],
    [
      'ends on the last of February, no leap year',
      { endDate: '2027-02-28' },
      '2027-02-28T12:00:00Z',
      'active until 2027-03-01T00:00:00Z',
    ],
  ])('%s', (_, more, now, expected) => {
    expect(verdict(more, now)).toBe(expected);
  });

  const day = fc
    .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2032-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const anyFacts = fc.record<StateFacts>({
    status: fc.constantFrom(null, ...STATUSES),
    startDate: fc.option(day, { nil: null }),
    endDate: fc.option(day, { nil: null }),
    timeZone: fc.constantFrom(
      'UTC',
      'Pacific/Kiritimati',
      'Pacific/Pago_Pago',
      'America/Santiago',
      'Europe/Berlin',
      'Asia/Beirut',
      'Australia/Lord_Howe',
    ),
    removed: fc.boolean(),
  });
  const anyNow = fc.date({
    min: new Date('2019-01-01T00:00:00Z'),
    max: new Date('2033-12-31T00:00:00Z'),
    noInvalidDate: true,
  });

  it('is due strictly in the future, and is the same until just before that', () => {
    fc.assert(
      fc.property(anyFacts, anyNow, (said, now) => {
        const { state, dueAt } = computeState(said, now);
        if (dueAt === null) return;
        expect(dueAt.getTime()).toBeGreaterThan(now.getTime());
        expect(computeState(said, new Date(dueAt.getTime() - 1))).toEqual({ state, dueAt });
        expect(computeState(said, dueAt).state).not.toBe(state);
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  it('without a due date, stays what it is for ever', () => {
    fc.assert(
      fc.property(anyFacts, anyNow, (said, now) => {
        const now1 = computeState(said, now);
        if (now1.dueAt === null) expect(computeState(said, new Date('2100-01-01T00:00:00Z'))).toEqual(now1);
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  it('cancels every timer when it is terminated', () => {
    fc.assert(
      fc.property(anyFacts, anyNow, (said, now) => {
        const { state, dueAt } = computeState(said, now);
        if (state === 'terminated') expect(dueAt).toBeNull();
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });
});
