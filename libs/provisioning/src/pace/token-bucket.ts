import type { RateLimits } from '@tenure/applications';
import type { EndpointClass } from '@tenure/connectors';

export type BucketName = EndpointClass | 'all';

/** Calls that wait for their turn. */
export interface Want {
  readonly of: EndpointClass;
  /** Takes access away. */
  readonly urgent: boolean;
  readonly count: number;
}

/** How many of a want may be made now, and when the next one may. */
export interface Grant {
  readonly granted: number;
  readonly waitMs: number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** A process's own buckets for the time when it cannot ask Redis: `at` in ms on its own clock. */
export type BlindBuckets = Readonly<Partial<Record<BucketName, Bucket>>>;

/** The limits that hold for one class of calls. */
export const bucketsOf = (limits: RateLimits, of: EndpointClass): BucketName[] =>
  (['all', of] as const).filter((name) => limits[name] !== undefined);

/**
 * What one of `share` processes may take without knowing of the others: its part of the rate, one call at a time, beginning
 * with nothing. All of them together stay below the limit.
 */
export function takeBlind(
  before: BlindBuckets,
  limits: RateLimits,
  share: number,
  want: Want,
  now: number,
): { readonly buckets: BlindBuckets; readonly grant: Grant } {
  const names = bucketsOf(limits, want.of);
  const filled = names.map((name) => {
    const { tokens = 0, at = now } = before[name] ?? {};
    const perMs = (limits[name]?.perSecond ?? 0) / 1_000 / share;
    return { name, perMs, tokens: Math.min(1, tokens + Math.max(0, now - at) * perMs) };
  });
  const granted = Math.min(want.count, ...filled.map(({ tokens }) => Math.floor(tokens + 1e-6)));
  const left = filled.map((bucket) => ({ ...bucket, tokens: bucket.tokens - granted }));
  const waitMs = granted === want.count ? 0 : Math.max(0, ...left.map(({ tokens, perMs }) => (1 - tokens) / perMs));
  const buckets = Object.fromEntries(left.map(({ name, tokens }) => [name, { tokens, at: now }]));
  return { buckets: { ...before, ...buckets }, grant: { granted, waitMs } };
}
