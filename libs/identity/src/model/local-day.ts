import { DateTime } from 'luxon';

/** Asking a time zone takes tens of microseconds, and a tenant's people share few days: the answers are kept. */
const KEPT = 10_000;
const kept = new Map<string, number>();

/**
 * The first moment of a calendar day (`YYYY-MM-DD`) in a time zone. Where the clocks skip midnight, or the whole day, it is
 * the moment after the gap; where midnight comes twice, the first.
 */
export function startOfDay(date: string, zone: string): number {
  const key = `${zone}|${date}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const midnight = DateTime.fromISO(date, { zone }).startOf('day');
  const first = Math.min(...midnight.getPossibleOffsets().map((moment) => moment.toMillis()));
  if (kept.size >= KEPT) kept.clear();
  kept.set(key, first);
  return first;
}

/** The next day of the calendar, whatever the clocks do. */
export const dayAfter = (date: string): string =>
  DateTime.fromISO(date, { zone: 'UTC' }).plus({ days: 1 }).toISODate() ?? date;
