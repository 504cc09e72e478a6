const MOST_MS = 24 * 60 * 60 * 1_000;

/** A Retry-After header, seconds or an HTTP date (RFC 9110 §10.2.3), as milliseconds from now; at most a day. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(Math.ceil(ms), 0), MOST_MS);
}
