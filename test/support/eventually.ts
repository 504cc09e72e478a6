import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again until `look` gives what is waited for; the last look is in the error when it never does. */
export async function eventually<T>(
  look: () => Promise<T>,
  isThere: (seen: T) => boolean = Boolean,
  withinMs = 50_000,
): Promise<T> {
  for (const end = Date.now() + withinMs; ; await delay(20)) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > end) throw new Error(`It did not come within ${withinMs} ms: ${JSON.stringify(seen)}`);
  }
}
