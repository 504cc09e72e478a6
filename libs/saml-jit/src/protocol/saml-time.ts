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
  const [, minus, year = '', ...parts] = DATE_TIME.exec(value.trim()) ?? [];
  if (minus === undefined) return undefined;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 5).map(Number);
  const [sign, zoneHour = '0', zoneMinute = '0'] = parts.slice(5);
  const isEndOfDay = hour === 24 && minute === 0 && second === 0;
  if (!isDay(Number(year), month, day) || (hour > 23 && !isEndOfDay) || minute > 59 || second > 59) return undefined;
  const zone = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  if (Number(zoneMinute) > 59 || Math.abs(zone) > 14 * 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(minus + year), month - 1, day);
  const time = date.getTime() + ((hour * 60 + minute - zone) * 60 + second) * 1000;
  return Number.isNaN(time) ? (minus === '' ? END_OF_TIME : -END_OF_TIME) : time;
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
