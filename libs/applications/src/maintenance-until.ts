import { DateTime } from 'luxon';
import type { MaintenanceWindow } from './application-rules.js';

const MINUTE_MS = 60_000;
const WEEK_DAYS = 7;

interface Span {
  readonly from: number;
  readonly until: number;
}

/**
 * When the maintenance that is on now ends, or null when none is; windows that touch each other are one. A weekly window
 * begins at its local time (one that a change of the clock skips: as much later, one that comes twice: the first time),
 * and lasts its minutes by the clock that does not jump.
 */
export function maintenanceUntil(windows: readonly MaintenanceWindow[], now: Date): Date | null {
  const spans = windows.flatMap((window) => spansOf(window, now)).sort((a, b) => a.from - b.from);
  let end = now.getTime();
  for (const { from, until } of spans) if (from <= end && until > end) end = until;
  return end === now.getTime() ? null : new Date(end);
}

/** The window as it lies around now: of a weekly one what began last week, and what begins in this one and the next. */
function spansOf(window: MaintenanceWindow, now: Date): Span[] {
  if ('from' in window) return [{ from: Date.parse(window.from), until: Date.parse(window.until) }];
  const { weekday, at, minutes, timeZone } = window;
  const [hour, minute] = at.split(':').map(Number);
  const today = DateTime.fromJSDate(now, { zone: timeZone });
  const days = (weekday - today.weekday) % WEEK_DAYS;
  return [-WEEK_DAYS, 0, WEEK_DAYS].map((offset) => {
    const { year, month, day } = today.plus({ days: days + offset });
    const start = DateTime.fromObject({ year, month, day, hour, minute }, { zone: timeZone });
    const from = Math.min(...start.getPossibleOffsets().map((possible) => possible.toMillis()));
    return { from, until: from + minutes * MINUTE_MS };
  });
}
