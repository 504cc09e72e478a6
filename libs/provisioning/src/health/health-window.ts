/** Over so long (ms) an application's failures are counted. */
export const WINDOW_MS = 60_000;
/** So many failures, at least, make an application a failing one. */
export const LEAST_FAILURES = 10;
/** And so large a part of all that was tried. */
export const FAILING_RATIO = 0.5;

/** What got through to an application, and what did not: its own failures, not one account's. */
export interface Tally {
  readonly through: number;
  readonly failed: number;
}

/** The window that is being counted and the one before it; `startedAt` in ms. */
export interface HealthWindow {
  readonly startedAt: number;
  readonly now: Tally;
  readonly before: Tally;
}

const NOTHING: Tally = { through: 0, failed: 0 };

/** The window with what was tallied at `at`. */
export function countIn(window: HealthWindow | null, tally: Tally, at: number): HealthWindow {
  const rolled = roll(window, at);
  const { through, failed } = rolled.now;
  return { ...rolled, now: { through: through + tally.through, failed: failed + tally.failed } };
}

function roll(window: HealthWindow | null, at: number): HealthWindow {
  if (window === null || at < window.startedAt) return { startedAt: at, now: NOTHING, before: NOTHING };
  const age = at - window.startedAt;
  if (age < WINDOW_MS) return window;
  if (age < 2 * WINDOW_MS) return { startedAt: window.startedAt + WINDOW_MS, now: NOTHING, before: window.now };
  return { startedAt: at, now: NOTHING, before: NOTHING };
}

/** What was tried in the last `WINDOW_MS`: of the window before, the part that still lies in it. */
export function lastMinute(window: HealthWindow, at: number): Tally {
  const { now, before, startedAt } = roll(window, at);
  const part = 1 - (at - startedAt) / WINDOW_MS;
  return { through: now.through + before.through * part, failed: now.failed + before.failed * part };
}

/** Whether so much of the last minute failed that the application is left alone. */
export function isFailing(window: HealthWindow, at: number): boolean {
  const { through, failed } = lastMinute(window, at);
  return failed >= LEAST_FAILURES && failed / (through + failed) >= FAILING_RATIO;
}
