import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { computeState, type StateFacts, type StateReason, type StateVerdict } from './compute-state.js';
import { STATUSES } from '../model/person.js';

const NOON = '2026-06-15T12:00:00Z';

const facts = (more: Partial<StateFacts>): StateFacts => ({
  status: 'active',
  startDate: null,
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

const shortTime = (text: string): string => text.replace('.000Z', 'Z').replace('T00:00:00Z', '');
const tellReason = ({ fact, status, date, since, until, insteadOf }: StateReason): string =>
  [
    fact,
    ...(insteadOf ? ['from', tellReason(insteadOf)] : []),
    ...(status ? [status] : []),
    ...(date ? [date] : []),
    ...(since ? ['since', shortTime(since)] : []),
    ...(until ? ['to', shortTime(until)] : []),
  ].join(' ');

/** The verdict as one readable text: `staged until 2026-03-01: start_date 2026-03-01`. */
const tell = ({ state, dueAt, reason, withheld, overrideEnds }: StateVerdict): string =>
  [state, ...(withheld ? [`(not ${withheld})`] : []), ...(dueAt ? ['until', shortTime(dueAt.toISOString())] : [])].join(
    ' ',
  ) +
  `: ${tellReason(reason)}` +
  (overrideEnds ? `, override ${overrideEnds}` : '');

const at = (time: string): Date => new Date(time.includes('T') ? time : `${time}T00:00:00Z`);
const override = (
  state: 'active' | 'on_leave' | 'suspended' | 'terminated',
  startsAt: string,
  endsAt?: string,
): Partial<StateFacts> => ({
  override: { state, startsAt: at(startsAt), endsAt: endsAt === undefined ? null : at(endsAt) },
});
const was = (
  state: NonNullable<StateFacts['current']>['state'],
  since: string,
  byOverride = false,
): Partial<StateFacts> => ({
  current: { state, since: at(since), byOverride },
});
const missing = (
  since: string,
  graceDays: number | null,
  becomes: 'suspended' | 'terminated' = 'terminated',
  held = false,
): Partial<StateFacts> => ({
  missing: { since: at(since), held },
  absence: { graceDays, becomes },
});
const PROTECTED = { isProtected: true };

describe('computeState', () => {
  it.each<[situation: string, Partial<StateFacts>, now: string, expected: string]>([
    // Status alone
    ['nothing is known', { status: null }, NOON, 'active: employed'],
    ['works', {}, NOON, 'active: employed'],
    ['is on leave', { status: 'on_leave' }, NOON, 'on_leave: status on_leave'],
    ['is suspended', { status: 'suspended' }, NOON, 'suspended: status suspended'],
    ['was dismissed without a date', { status: 'terminated' }, NOON, 'terminated: status terminated'],
    ['was taken away by the source', { removed: true }, NOON, 'terminated: removed'],
    [
      'was taken away, whatever else is said',
      { removed: true, startDate: '2026-07-01', endDate: '2026-12-31' },
      NOON,
      'terminated: removed',
    ],

    // The first day
    ['starts in two weeks', { startDate: '2026-07-01' }, NOON, 'staged until 2026-07-01: start_date 2026-07-01'],
    [
      'starts in two weeks, status not said',
      { status: null, startDate: '2026-07-01' },
      NOON,
      'staged until 2026-07-01: start_date 2026-07-01',
    ],
    ['starts at this moment', { startDate: '2026-06-15' }, '2026-06-15T00:00:00Z', 'active: employed'],
    [
      'starts in a millisecond',
      { startDate: '2026-06-15' },
      '2026-06-14T23:59:59.999Z',
      'staged until 2026-06-15: start_date 2026-06-15',
    ],
    [
      'starts later, and is called suspended',
      { status: 'suspended', startDate: '2026-07-01' },
      NOON,
      'staged until 2026-07-01: start_date 2026-07-01',
    ],
    [
      'will not come after all',
      { status: 'terminated', startDate: '2026-07-01' },
      NOON,
      'terminated: status terminated',
    ],
    [
      'starts and ends ahead',
      { startDate: '2026-07-01', endDate: '2026-12-31' },
      NOON,
      'staged until 2026-07-01: start_date 2026-07-01',
    ],

    // The last day
    ['has an end ahead', { endDate: '2026-12-31' }, NOON, 'active until 2027-01-01: employed'],
    ['has the last day today', { endDate: '2026-06-15' }, NOON, 'active until 2026-06-16: employed'],
    ['had the last day yesterday', { endDate: '2026-06-14' }, NOON, 'terminated: end_date 2026-06-14'],
    ['ends at this moment', { endDate: '2026-06-14' }, '2026-06-15T00:00:00Z', 'terminated: end_date 2026-06-14'],
    [
      'is on leave until the end',
      { status: 'on_leave', endDate: '2026-06-30' },
      NOON,
      'on_leave until 2026-07-01: status on_leave',
    ],
    [
      'was dismissed, with the end ahead',
      { status: 'terminated', endDate: '2026-06-30' },
      NOON,
      'active until 2026-07-01: employed',
    ],
    [
      'was dismissed, with the end past',
      { status: 'terminated', endDate: '2026-06-01' },
      NOON,
      'terminated: end_date 2026-06-01',
    ],
    [
      'was dismissed, with the end today',
      { status: 'terminated', endDate: '2026-06-15' },
      NOON,
      'active until 2026-06-16: employed',
    ],
    [
      'has one day of work, today',
      { startDate: '2026-06-15', endDate: '2026-06-15' },
      NOON,
      'active until 2026-06-16: employed',
    ],
    ['has the end that HR systems write for none', { endDate: '9999-12-31' }, NOON, 'active: employed'],

    // Rehire
    [
      'was rehired, and the old end still stands',
      { startDate: '2026-06-01', endDate: '2025-12-31' },
      NOON,
      'active: employed',
    ],
    [
      'is rehired later, and the old end still stands',
      { startDate: '2026-07-01', endDate: '2025-12-31' },
      NOON,
      'staged until 2026-07-01: start_date 2026-07-01',
    ],
    [
      'left again after a rehire, and the old end still stands',
      { status: 'terminated', startDate: '2026-06-01', endDate: '2025-12-31' },
      NOON,
      'terminated: status terminated',
    ],

    // Time zones
    [
      'starts in the earliest zone',
      { startDate: '2026-07-01', timeZone: 'Pacific/Kiritimati' },
      '2026-06-30T09:59:59Z',
      'staged until 2026-06-30T10:00:00Z: start_date 2026-07-01',
    ],
    [
      'has started in the earliest zone',
      { startDate: '2026-07-01', timeZone: 'Pacific/Kiritimati' },
      '2026-06-30T10:00:00Z',
      'active: employed',
    ],
    [
      'ends in the earliest zone',
      { endDate: '2026-06-30', timeZone: 'Pacific/Kiritimati' },
      NOON,
      'active until 2026-06-30T10:00:00Z: employed',
    ],
    [
      'ends in the latest zone',
      { endDate: '2026-06-30', timeZone: 'Pacific/Pago_Pago' },
      NOON,
      'active until 2026-07-01T11:00:00Z: employed',
    ],
    [
      'ends in a zone of a quarter hour',
      { endDate: '2026-06-30', timeZone: 'Asia/Kathmandu' },
      NOON,
      'active until 2026-06-30T18:15:00Z: employed',
    ],

    // Daylight saving: days of 23 and 25 hours, and midnights that do not exist
    [
      'ends on the day of 23 hours',
      { endDate: '2026-03-29', timeZone: 'Europe/Berlin' },
      '2026-03-29T12:00:00Z',
      'active until 2026-03-29T22:00:00Z: employed',
    ],
    [
      'ends on the day of 25 hours',
      { endDate: '2026-10-25', timeZone: 'Europe/Berlin' },
      '2026-10-25T12:00:00Z',
      'active until 2026-10-25T23:00:00Z: employed',
    ],
    [
      'starts on a day without a midnight',
      { startDate: '2026-09-06', timeZone: 'America/Santiago' },
      '2026-09-05T12:00:00Z',
      'staged until 2026-09-06T04:00:00Z: start_date 2026-09-06',
    ],
    [
      'ends on the eve of a day without a midnight',
      { endDate: '2026-09-05', timeZone: 'America/Santiago' },
      '2026-09-05T12:00:00Z',
      'active until 2026-09-06T04:00:00Z: employed',
    ],

    // The calendar
    [
      'starts on the leap day',
      { startDate: '2028-02-29' },
      '2028-02-28T12:00:00Z',
      'staged until 2028-02-29: start_date 2028-02-29',
    ],
    ['ends on the leap day', { endDate: '2028-02-29' }, '2028-02-29T12:00:00Z', 'active until 2028-03-01: employed'],
    [
      'ends on the last of February, no leap year',
      { endDate: '2027-02-28' },
      '2027-02-28T12:00:00Z',
      'active until 2027-03-01: employed',
    ],

    [
      'starts where the day comes twice: at its first midnight',
      { startDate: '2026-11-01', timeZone: 'America/Havana' },
      '2026-10-31T12:00:00Z',
      'staged until 2026-11-01T04:00:00Z: start_date 2026-11-01',
    ],
    [
      'starts on the day that New York skips an hour',
      { startDate: '2026-03-08', timeZone: 'America/New_York' },
      '2026-03-07T12:00:00Z',
      'staged until 2026-03-08T05:00:00Z: start_date 2026-03-08',
    ],
    [
      'ends on the day that New York skips an hour',
      { endDate: '2026-03-08', timeZone: 'America/New_York' },
      '2026-03-08T12:00:00Z',
      'active until 2026-03-09T04:00:00Z: employed',
    ],
    [
      'ends on the day that New York repeats an hour',
      { endDate: '2026-11-01', timeZone: 'America/New_York' },
      '2026-11-01T12:00:00Z',
      'active until 2026-11-02T05:00:00Z: employed',
    ],
    [
      'ends on the eve of the day that Samoa skipped',
      { endDate: '2011-12-29', timeZone: 'Pacific/Apia' },
      '2011-12-29T20:00:00Z',
      'active until 2011-12-30T10:00:00Z: employed',
    ],
    [
      'ends on the day that Samoa skipped',
      { endDate: '2011-12-30', timeZone: 'Pacific/Apia' },
      '2011-12-29T20:00:00Z',
      'active until 2011-12-30T10:00:00Z: employed',
    ],
    [
      'starts on the day that Samoa skipped',
      { startDate: '2011-12-30', timeZone: 'Pacific/Apia' },
      '2011-12-29T20:00:00Z',
      'staged until 2011-12-30T10:00:00Z: start_date 2011-12-30',
    ],

    // Leave
    [
      'goes on leave in July',
      { leaveStartDate: '2026-07-01', leaveEndDate: '2026-07-31' },
      NOON,
      'active until 2026-07-01: employed',
    ],
    [
      'is on leave by its dates',
      { leaveStartDate: '2026-06-01', leaveEndDate: '2026-07-31' },
      NOON,
      'on_leave until 2026-08-01: leave since 2026-06-01 to 2026-07-31',
    ],
    [
      'is on leave for today',
      { leaveStartDate: '2026-06-15', leaveEndDate: '2026-06-15' },
      NOON,
      'on_leave until 2026-06-16: leave since 2026-06-15 to 2026-06-15',
    ],
    [
      'was on leave until yesterday',
      { leaveStartDate: '2026-06-01', leaveEndDate: '2026-06-14' },
      NOON,
      'active: employed',
    ],
    ['is on leave without an end', { leaveStartDate: '2026-06-01' }, NOON, 'on_leave: leave since 2026-06-01'],
    [
      'is on leave by status, with the end said',
      { status: 'on_leave', leaveEndDate: '2026-06-30' },
      NOON,
      'on_leave until 2026-07-01: status on_leave',
    ],
    [
      'is on leave by status, and the end is past',
      { status: 'on_leave', leaveEndDate: '2026-06-14' },
      NOON,
      'active: employed',
    ],
    [
      'is on leave by status, and its dates are ahead',
      { status: 'on_leave', leaveStartDate: '2026-07-01' },
      NOON,
      'active until 2026-07-01: employed',
    ],
    ['has a leave end and no leave', { leaveEndDate: '2026-06-30' }, NOON, 'active: employed'],
    [
      'is on a new leave, and the old end still stands',
      { leaveStartDate: '2026-06-01', leaveEndDate: '2025-12-31' },
      NOON,
      'on_leave: leave since 2026-06-01',
    ],
    [
      'leaves for good during the leave',
      { leaveStartDate: '2026-06-01', leaveEndDate: '2026-12-31', endDate: '2026-09-30' },
      NOON,
      'on_leave until 2026-10-01: leave since 2026-06-01 to 2026-12-31',
    ],
    [
      'was dismissed, is on leave until the end',
      { status: 'terminated', leaveStartDate: '2026-06-01', endDate: '2026-06-30' },
      NOON,
      'on_leave until 2026-07-01: leave since 2026-06-01',
    ],
    [
      'is suspended during the leave',
      { status: 'suspended', leaveStartDate: '2026-06-01', leaveEndDate: '2026-06-30' },
      NOON,
      'suspended: status suspended',
    ],
    [
      'starts with a leave',
      { startDate: '2026-07-01', leaveStartDate: '2026-06-01', leaveEndDate: '2026-07-31' },
      NOON,
      'staged until 2026-07-01: start_date 2026-07-01',
    ],
    [
      'goes on leave in the earliest zone',
      { leaveStartDate: '2026-07-01', leaveEndDate: '2026-07-01', timeZone: 'Pacific/Kiritimati' },
      NOON,
      'active until 2026-06-30T10:00:00Z: employed',
    ],
    [
      'returns on the leap day',
      { leaveStartDate: '2028-02-01', leaveEndDate: '2028-02-28' },
      '2028-02-10T00:00:00Z',
      'on_leave until 2028-02-29: leave since 2028-02-01 to 2028-02-28',
    ],

    // Absence
    ['is missing, and nothing was set', missing('2026-06-01', null), NOON, 'active: employed'],
    [
      'is missing within the grace',
      missing('2026-06-10T08:30:00Z', 7),
      NOON,
      'active until 2026-06-17T08:30:00Z: employed',
    ],
    [
      'is missing longer than the grace',
      missing('2026-06-01T08:30:00Z', 7),
      NOON,
      'terminated: absence since 2026-06-01T08:30:00Z',
    ],
    [
      'is missing without any grace',
      missing('2026-06-15T12:00:00Z', 0),
      NOON,
      'terminated: absence since 2026-06-15T12:00:00Z',
    ],
    ['is missing, and the absence is held', missing('2026-06-01', 7, 'terminated', true), NOON, 'active: employed'],
    ['is missing, which suspends', missing('2026-06-01', 7, 'suspended'), NOON, 'suspended: absence since 2026-06-01'],
    [
      'is missing, which will suspend',
      missing('2026-06-10', 7, 'suspended'),
      NOON,
      'active until 2026-06-17: employed',
    ],
    [
      'is missing, which suspends, and was dismissed',
      { ...missing('2026-06-01', 7, 'suspended'), status: 'terminated' },
      NOON,
      'terminated: status terminated',
    ],
    [
      'is missing, which suspends, and then ends',
      { ...missing('2026-06-01', 7, 'suspended'), endDate: '2026-06-30' },
      NOON,
      'suspended until 2026-07-01: absence since 2026-06-01',
    ],
    [
      'is missing, which suspends, before the first day',
      { ...missing('2026-06-01', 7, 'suspended'), startDate: '2026-07-01' },
      NOON,
      'staged until 2026-07-01: start_date 2026-07-01',
    ],
    [
      'is missing, which terminates, before the first day',
      { ...missing('2026-06-01', 7), startDate: '2026-07-01' },
      NOON,
      'terminated: absence since 2026-06-01',
    ],
    [
      'is missing over a change of the clocks: a grace is days of 24 hours',
      { ...missing('2026-03-28T12:00:00Z', 2), timeZone: 'Europe/Berlin' },
      '2026-03-29T00:00:00Z',
      'active until 2026-03-30T12:00:00Z: employed',
    ],

    // An admin's word
    ['is suspended by an admin', override('suspended', '2026-06-01'), NOON, 'suspended: override since 2026-06-01'],
    [
      'is suspended by an admin for a while',
      override('suspended', '2026-06-01', '2026-06-20'),
      NOON,
      'suspended until 2026-06-20: override since 2026-06-01 to 2026-06-20',
    ],
    [
      'is suspended by an admin until this moment',
      override('suspended', '2026-06-01', NOON),
      NOON,
      'active: employed, override expired',
    ],
    [
      'will be suspended by an admin',
      override('suspended', '2026-06-20', '2026-06-25'),
      NOON,
      'active until 2026-06-20: employed',
    ],
    [
      'is kept active by an admin, though it was dismissed',
      { ...override('active', '2026-06-01', '2026-06-20'), status: 'terminated' },
      NOON,
      'active until 2026-06-20: override since 2026-06-01 to 2026-06-20',
    ],
    [
      'is let in by an admin before the first day',
      { ...override('active', '2026-06-01'), startDate: '2026-07-01' },
      NOON,
      'active: override since 2026-06-01',
    ],
    [
      'was dismissed by an admin, and HR does not know yet',
      override('terminated', '2026-06-01'),
      NOON,
      'terminated: override since 2026-06-01',
    ],
    [
      'was dismissed by an admin, and HR knows the end',
      { ...override('terminated', '2026-06-01'), endDate: '2026-06-30' },
      NOON,
      'terminated until 2026-07-01: override since 2026-06-01',
    ],
    [
      'was dismissed by an admin, and HR has said it too',
      { ...override('terminated', '2026-06-01'), status: 'terminated' },
      NOON,
      'terminated: status terminated, override agreed',
    ],
    [
      'was dismissed by an admin for a while, and HR has said it too',
      { ...override('terminated', '2026-06-01', '2026-12-31'), removed: true },
      NOON,
      'terminated: removed, override agreed',
    ],
    [
      'was rehired, and the override of the old end is over',
      { ...override('terminated', '2026-01-01', '2026-06-01'), startDate: '2026-06-01' },
      NOON,
      'active: employed, override expired',
    ],
    [
      'is on leave by an admin, and suspended by HR',
      { ...override('on_leave', '2026-06-01'), status: 'suspended' },
      NOON,
      'on_leave: override since 2026-06-01',
    ],

    // Protected identities
    ['is protected and at work', { ...PROTECTED, ...was('active', '2026-01-01') }, NOON, 'active: employed'],
    [
      'is protected and was dismissed',
      { ...PROTECTED, ...was('active', '2026-01-01'), status: 'terminated' },
      NOON,
      'active (not terminated): protected from status terminated',
    ],
    [
      'is protected and was taken away',
      { ...PROTECTED, ...was('active', '2026-01-01'), removed: true },
      NOON,
      'active (not terminated): protected from removed',
    ],
    [
      'is protected and has an end ahead',
      { ...PROTECTED, ...was('active', '2026-01-01'), endDate: '2026-06-30' },
      NOON,
      'active until 2026-07-01: employed',
    ],
    [
      'is protected and missing',
      { ...PROTECTED, ...was('active', '2026-01-01'), ...missing('2026-06-01', 7) },
      NOON,
      'active (not terminated): protected from absence since 2026-06-01',
    ],
    [
      'is protected and new, with the start ahead',
      { ...PROTECTED, startDate: '2026-07-01' },
      NOON,
      'active (not staged) until 2026-07-01: protected from start_date 2026-07-01',
    ],
    [
      'is protected and on leave since before',
      { ...PROTECTED, ...was('on_leave', '2026-01-01'), status: 'on_leave' },
      NOON,
      'on_leave: status on_leave',
    ],
    [
      'is protected and returns from leave',
      { ...PROTECTED, ...was('on_leave', '2026-01-01') },
      NOON,
      'active: employed',
    ],
    [
      'is protected and had left before',
      { ...PROTECTED, ...was('terminated', '2026-01-01'), removed: true, purgeAfterDays: 30 },
      NOON,
      'terminated: removed',
    ],
    [
      'is protected, and an admin suspends it all the same',
      { ...PROTECTED, ...was('active', '2026-01-01'), ...override('suspended', '2026-06-01') },
      NOON,
      'suspended: override since 2026-06-01',
    ],
    [
      'is protected, and the admin’s suspension is over',
      {
        ...PROTECTED,
        ...was('suspended', '2026-06-01', true),
        ...override('suspended', '2026-06-01', NOON),
        status: 'terminated',
      },
      NOON,
      'active (not terminated): protected from status terminated, override expired',
    ],

    [
      'is protected, and the admin’s suspension was lifted',
      { ...PROTECTED, ...was('suspended', '2026-06-01', true), status: 'terminated' },
      NOON,
      'active (not terminated): protected from status terminated',
    ],
    [
      'is protected since it was suspended',
      { ...PROTECTED, ...was('suspended', '2026-06-01'), status: 'terminated' },
      NOON,
      'suspended (not terminated): protected from status terminated',
    ],

    // Retention
    [
      'leaves at this moment, and is erased after a month',
      { status: 'terminated', purgeAfterDays: 30, ...was('active', '2026-01-01') },
      NOON,
      'terminated until 2026-07-15T12:00:00Z: status terminated',
    ],
    [
      'has left, and is erased after a month',
      { status: 'terminated', purgeAfterDays: 30, ...was('terminated', '2026-06-01') },
      NOON,
      'terminated until 2026-07-01: status terminated',
    ],
    [
      'has left a month ago',
      { status: 'terminated', purgeAfterDays: 30, ...was('terminated', '2026-05-16T12:00:00Z') },
      NOON,
      'purged: retention',
    ],
    [
      'has left for ever, and nothing is erased',
      { status: 'terminated', ...was('terminated', '2000-01-01') },
      NOON,
      'terminated: status terminated',
    ],
    [
      'returns before it is erased',
      { purgeAfterDays: 30, ...was('terminated', '2026-06-01') },
      NOON,
      'active: employed',
    ],
    [
      'left by an admin’s word alone, and is not erased',
      { ...override('terminated', '2026-01-01'), purgeAfterDays: 30, ...was('terminated', '2026-01-01') },
      NOON,
      'terminated: override since 2026-01-01',
    ],
    [
      'was erased, whatever is said',
      { ...was('purged', '2026-01-01'), ...override('active', '2026-01-01'), startDate: '2026-07-01' },
      NOON,
      'purged: retention',
    ],
  ])('%s', (_, more, now, expected) => {
    expect(tell(computeState(facts(more), at(now)))).toBe(expected);
  });

  const day = fc
    .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2032-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const moment = fc.date({
    min: new Date('2019-01-01T00:00:00Z'),
    max: new Date('2033-12-31T00:00:00Z'),
    noInvalidDate: true,
  });
  const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { nil: null });
  const STATES = ['staged', 'active', 'on_leave', 'suspended', 'terminated', 'purged'] as const;
  const anyFacts = fc.record<StateFacts>({
    status: fc.constantFrom(null, ...STATUSES),
    startDate: maybe(day),
    endDate: maybe(day),
    leaveStartDate: maybe(day),
    leaveEndDate: maybe(day),
    timeZone: fc.constantFrom(
      'UTC',
      'Pacific/Kiritimati',
      'Pacific/Pago_Pago',
      'America/Santiago',
      'America/Havana',
      'America/New_York',
      'Europe/Berlin',
      'Asia/Beirut',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    ),
    removed: fc.boolean(),
    missing: maybe(fc.record({ since: moment, held: fc.boolean() })),
    absence: fc.record({ graceDays: maybe(fc.nat(90)), becomes: fc.constantFrom('suspended', 'terminated') }),
    override: maybe(
      fc.record({
        state: fc.constantFrom('active', 'on_leave', 'suspended', 'terminated'),
        startsAt: moment,
        endsAt: maybe(moment),
      }),
    ),
    isProtected: fc.boolean(),
    current: maybe(fc.record({ state: fc.constantFrom(...STATES), since: moment, byOverride: fc.boolean() })),
    purgeAfterDays: maybe(fc.integer({ min: 1, max: 1_000 })),
  });
  const RUNS = { seed: 20_261_124, numRuns: 800 };
  /** What is kept of a verdict: the same facts, looked at again by whoever comes next. */
  const settledBy = (said: StateFacts, { state, overrideEnds, reason }: StateVerdict, now: Date): StateFacts => ({
    ...said,
    override: overrideEnds === null ? said.override : null,
    current: {
      state,
      since: said.current?.state === state ? said.current.since : now,
      byOverride: reason.fact === 'override',
    },
  });

  it('is due strictly in the future, changes then, and is the same at every moment before', () => {
    fc.assert(
      fc.property(anyFacts, moment, fc.double({ min: 0, max: 1, noNaN: true }), (said, now, between) => {
        const first = computeState(said, now);
        if (first.dueAt === null) return;
        const span = first.dueAt.getTime() - now.getTime();
        expect(span).toBeGreaterThan(0);
        const settled = settledBy(said, first, now);
        for (const offset of [0, Math.floor(between * (span - 1)), span - 1]) {
          const { state, dueAt, withheld } = computeState(settled, new Date(now.getTime() + offset));
          expect({ state, dueAt, withheld }).toEqual({
            state: first.state,
            dueAt: first.dueAt,
            withheld: first.withheld,
          });
        }
        const then = computeState(settled, first.dueAt);
        expect([then.state, then.withheld, then.overrideEnds]).not.toEqual([first.state, first.withheld, null]);
      }),
      RUNS,
    );
  });

  it('without a due date, stays what it is for fifty years', () => {
    fc.assert(
      fc.property(anyFacts, moment, fc.nat(50 * 365), (said, now, days) => {
        const first = computeState(said, now);
        if (first.dueAt !== null) return;
        const later = computeState(settledBy(said, first, now), new Date(now.getTime() + days * 86_400_000));
        expect([later.state, later.withheld, later.dueAt]).toEqual([first.state, first.withheld, null]);
      }),
      RUNS,
    );
  });

  it('asked again at once, answers the same: nothing flutters', () => {
    fc.assert(
      fc.property(anyFacts, moment, (said, now) => {
        const first = computeState(said, now);
        const again = computeState(settledBy(said, first, now), now);
        expect([again.state, again.dueAt, again.withheld]).toEqual([first.state, first.dueAt, first.withheld]);
        expect(again.overrideEnds).toBeNull();
      }),
      RUNS,
    );
  });

  it('cancels every timer when it is terminated, but for what brings the person back or erases what is known', () => {
    fc.assert(
      fc.property(anyFacts, moment, (said, now) => {
        const { state, dueAt } = computeState(
          { ...said, override: null, purgeAfterDays: null, isProtected: false },
          now,
        );
        if (state === 'terminated' || state === 'purged') expect(dueAt).toBeNull();
      }),
      RUNS,
    );
  });

  it('never takes a protected identity out of its state, except to active or by an override', () => {
    fc.assert(
      fc.property(anyFacts, moment, (said, now) => {
        const { state } = computeState({ ...said, isProtected: true, override: null }, now);
        expect(['active', said.current?.state ?? 'active']).toContain(state);
      }),
      RUNS,
    );
  });
});
