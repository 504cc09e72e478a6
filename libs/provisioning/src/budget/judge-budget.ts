import { BUDGET_WINDOWS, type BudgetLimits, type BudgetWindow } from '@tenure/applications';

/** How long each window looks back. */
export const WINDOW_MS: Readonly<Record<BudgetWindow, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
/** Spends are kept in buckets of this width; one that a window reaches into counts whole. */
export const BUCKET_MS = 300_000;

/** A number of actions that were let through in the bucket that begins at `at`. */
export interface Spend {
  readonly at: Date;
  readonly count: number;
}

/** Why something is held: the budget, and what it saw. */
export interface Excess {
  readonly window: BudgetWindow;
  readonly limit: { readonly count: number; readonly percent: number };
  /** Let through in the window before this one. */
  readonly spent: number;
  /** What the percentage is of. */
  readonly population: number;
}

export interface BudgetVerdict {
  /** How many of those asked for may be done. */
  readonly admitted: number;
  /** The tightest budget; null while all may be done. */
  readonly excess: Excess | null;
}

/** The beginning of the bucket that `at` falls in. */
export const bucketOf = (at: Date): Date => new Date(Math.floor(at.getTime() / BUCKET_MS) * BUCKET_MS);

/** How many of `asked` fit: over a budget is what exceeds both its count and its percentage, in any window. */
export function judgeBudget(
  limits: BudgetLimits,
  population: number,
  spends: readonly Spend[],
  asked: number,
  now: Date,
): BudgetVerdict {
  const verdict = { admitted: asked, excess: null as Excess | null };
  for (const window of BUDGET_WINDOWS) {
    const limit = limits[window];
    if (limit === undefined) continue;
    const spent = spentIn(window, spends, now);
    const room = Math.max(0, Math.max(limit.count, Math.floor((limit.percent * population) / 100)) - spent);
    if (room >= verdict.admitted) continue;
    verdict.admitted = room;
    verdict.excess = { window, limit, spent, population };
  }
  return verdict;
}

/** Whether the counts alone let everything through: then nobody need count the population. */
export const fitsByCount = (limits: BudgetLimits, spends: readonly Spend[], asked: number, now: Date): boolean =>
  judgeBudget(limits, 0, spends, asked, now).excess === null;

function spentIn(window: BudgetWindow, spends: readonly Spend[], now: Date): number {
  const since = bucketOf(new Date(now.getTime() - WINDOW_MS[window])).getTime();
  return spends.reduce((sum, { at, count }) => sum + (at.getTime() >= since ? count : 0), 0);
}
