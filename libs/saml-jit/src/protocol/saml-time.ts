const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** SAML Core §1.3.3: times are in UTC. Undefined for anything else, such as what `Date.parse` would guess. */
export function instantOf(value: string | undefined): Date | undefined {
  if (value === undefined || !UTC.test(value)) return undefined;
  const instant = new Date(value);
  // A 30 February rolls over when parsed: it is no date.
  return Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(value.slice(0, 19)) ? undefined : instant;
}

const DATE_TIME = /^(-?)(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))?$/;
/** Later than any date can be. */
const END_OF_TIME = 8.64e15;

/** An xs:dateTime in any of its forms, in milliseconds; without a zone it is UTC (Core §1.3.3). Undefined for anything else. */
export function dateTimeOf(value: string): number | undefined {
  const [, minus, year, ...parts] = DATE_TIME.exec(value.trim()) ?? [];
  if (minus === undefined || year === undefined) return undefined;
  const [month = 0, day = 0, ...clock] = parts.slice(0, 5).map(Number);
  const seconds = secondsOf(clock);
  const zone = zoneOf(parts.slice(5));
  if (!isDay(Number(year), month, day) || seconds === undefined || zone === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(minus + year), month - 1, day);
  const time = date.getTime() + (seconds - zone) * 1000;
  if (!Number.isNaN(time)) return time;
  return minus === '' ? END_OF_TIME : -END_OF_TIME;
}

/** Of a day; 24:00:00 is its end. */
function secondsOf([hour = 0, minute = 0, second = 0]: readonly number[]): number | undefined {
  const seconds = (hour * 60 + minute) * 60 + second;
  return minute > 59 || second > 59 || seconds > 86_400 ? undefined : seconds;
}

/** How many seconds a zone is ahead of UTC. */
function zoneOf([sign, hour = '0', minute = '0']: readonly (string | undefined)[]): number | undefined {
  const minutes = Number(hour) * 60 + Number(minute);
  if (Number(minute) > 59 || minutes > 14 * 60) return undefined;
  return minutes * (sign === '-' ? -60 : 60);
}

/** Days of a month, whatever the year; the calendar repeats after 400 years. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000 + (year % 400), month - 1, day));
  return day > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** A moment as two clocks see it that differ by up to `skewMs`. */
export interface Moment {
  readonly now: Date;
  readonly skewMs: number;
}

/** Whether the moment may be at or after the instant. */
export function hasBegun(instant: Date, { now, skewMs }: Moment): boolean {
  return instant.getTime() <= now.getTime() + skewMs;
}

/** Whether the moment may be before the instant. */
export function hasNotEnded(instant: Date, { now, skewMs }: Moment): boolean {
  return now.getTime() - skewMs < instant.getTime();
}

/** Whether something issued then is no older than that. */
export function isFresh(issued: Date, maxAgeMs: number, moment: Moment): boolean {
  return hasNotEnded(new Date(issued.getTime() + maxAgeMs), moment);
}
