import { retryAfterMs } from './retry-after.js';
import type { RateHint } from './spi.js';

type Headers = Readonly<Record<string, string>>;

const MOST_MS = 24 * 60 * 60 * 1_000;
/** Above it a number is no span of time (31 years) but seconds since 1970; above the second, milliseconds. */
const LEAST_EPOCH_SECONDS = 1e9;
const LEAST_EPOCH_MS = 1e12;
/** Statuses whose Retry-After says "do not call"; with others it means something else (a job that is ready then). */
const SLOW_DOWN: ReadonlySet<number> = new Set([403, 429, 503]);
/** Before the IETF's single field each vendor had a prefix of its own. */
const PREFIXES = ['ratelimit-', 'x-ratelimit-', 'x-rate-limit-'] as const;

/**
 * What an answer says of when the next call may be made: Retry-After (RFC 9110 §10.2.3), which goes before all others,
 * RateLimit (draft-ietf-httpapi-ratelimit-headers, its dictionary and its list), RateLimit-*, X-RateLimit-* and
 * X-Rate-Limit-*. Undefined: nothing forbids the next call.
 */
export function readRateHeaders(status: number, headers: Headers, now: Date): RateHint | undefined {
  // Moments are meant by the application's clock; its Date tells how it goes.
  const at = new Date(momentOf(headers.date) ?? now.getTime());
  const asked = SLOW_DOWN.has(status) ? retryAfterMs(headers['retry-after'], at) : undefined;
  const waitMs =
    asked ?? longest([ietfWait(headers.ratelimit), ...PREFIXES.map((name) => prefixedWait(headers, name, at))]);
  return waitMs === undefined || waitMs <= 0 ? undefined : { waitMs };
}

function longest(waits: readonly (number | undefined)[]): number | undefined {
  const said = waits.filter((wait) => wait !== undefined);
  return said.length === 0 ? undefined : Math.max(...said);
}

/** `limit=100, remaining=0, reset=30` (up to draft 7), or `"burst";r=0;t=5, "day";r=90;t=600`: each policy that is used up. */
function ietfWait(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const policies = /\bremaining\s*=/i.test(header) ? [header] : header.split(',');
  return longest(
    policies.map((policy) => {
      const remaining = parameter(policy, 'remaining', 'r');
      const reset = parameter(policy, 'reset', 't');
      return remaining === 0 && reset !== undefined ? Math.min(reset * 1_000, MOST_MS) : undefined;
    }),
  );
}

function parameter(policy: string, ...names: readonly string[]): number | undefined {
  const found = new RegExp(`(?:^|[;,\\s])(?:${names.join('|')})\\s*=\\s*(\\d+(?:\\.\\d+)?)`, 'i').exec(policy);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

function prefixedWait(headers: Headers, prefix: string, at: Date): number | undefined {
  const remaining = headers[`${prefix}remaining`]?.trim();
  if (remaining === undefined || !/^0+(\.0+)?$/.test(remaining)) return undefined;
  const reset = resetMs(headers[`${prefix}reset`], at);
  return reset === undefined ? undefined : Math.min(Math.max(reset, 0), MOST_MS);
}

/** A span in seconds, a moment in seconds or milliseconds since 1970, or a date. */
function resetMs(header: string | undefined, at: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (!/^\d+(\.\d+)?$/.test(text)) {
    const moment = momentOf(text);
    return moment === undefined ? undefined : moment - at.getTime();
  }
  const value = Number(text);
  if (value >= LEAST_EPOCH_MS) return Math.ceil(value - at.getTime());
  return Math.ceil(value >= LEAST_EPOCH_SECONDS ? value * 1_000 - at.getTime() : value * 1_000);
}

function momentOf(text: string | undefined): number | undefined {
  const moment = Date.parse(text ?? '');
  return Number.isNaN(moment) ? undefined : moment;
}
