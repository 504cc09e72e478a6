import { setTimeout as pause } from 'node:timers/promises';

const BETWEEN_LOOKS_MS = 25;

/** Looks again and again until `look` gives something else than undefined; says what was awaited when the time is up. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 60_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await pause(BETWEEN_LOOKS_MS);
  }
  throw new Error(`${what}: not within ${withinMs / 1000} s`, { cause: last });
}
