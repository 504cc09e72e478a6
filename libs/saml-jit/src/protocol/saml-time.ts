const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** SAML Core §1.3.3: times are in UTC. Undefined for anything else, such as what `Date.parse` would guess. */
export function instantOf(value: string | undefined): Date | undefined {
  if (value === undefined || !UTC.test(value)) return undefined;
  const instant = new Date(value);
  // A 30 February rolls over when parsed: it is no date.
  return Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(value.slice(0, 19)) ? undefined : instant;
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
