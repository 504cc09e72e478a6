import {
  BUDGET_WINDOWS,
  type BudgetAction,
  type BudgetLimit,
  type Budgets,
  type BudgetWindow,
} from './application-rules.js';

/** The limits of one action that are switched on. */
export type BudgetLimits = Readonly<Partial<Record<BudgetWindow, BudgetLimit>>>;

/**
 * What holds where an application says nothing. `create` has none: a first load creates everything. A small application is
 * bound by the counts, a large one by the percentages; the week catches what stays below the hour and the day.
 */
export const DEFAULT_BUDGETS: Readonly<Record<BudgetAction, BudgetLimits>> = {
  create: {},
  disable: { hour: { count: 20, percent: 5 }, day: { count: 50, percent: 10 }, week: { count: 100, percent: 20 } },
  delete: { hour: { count: 10, percent: 1 }, day: { count: 20, percent: 2 }, week: { count: 50, percent: 5 } },
  revoke: { hour: { count: 100, percent: 10 }, day: { count: 300, percent: 20 }, week: { count: 600, percent: 40 } },
};

/** The limits in force for an action: the application's, with the default where it says nothing. */
export function budgetLimitsOf(budgets: Budgets, action: BudgetAction): BudgetLimits {
  const said = budgets[action] ?? {};
  const limits = BUDGET_WINDOWS.map((window) => [
    window,
    said[window] === undefined ? DEFAULT_BUDGETS[action][window] : said[window],
  ]);
  return Object.fromEntries(limits.filter(([, limit]) => limit != null)) as BudgetLimits;
}
