import { describe, expect, it } from '@jest/globals';
import { budgetLimitsOf, DEFAULT_BUDGETS } from './budget-limits.js';
import { checkBudgets } from './check-budgets.js';

describe('checkBudgets', () => {
  it.each([
    [{}],
    [{ disable: {} }],
    [{ disable: { hour: { count: 0, percent: 0 } } }],
    [{ create: { week: { count: 10_000_000, percent: 100 } }, delete: { day: null } }],
    [{ revoke: { hour: { count: 5, percent: 2.5 } } }],
  ])('takes %j', (budgets) => expect(checkBudgets(budgets)).toEqual([]));

  it.each<[unknown, string, string | undefined]>([
    [null, 'budgets', undefined],
    [[], 'budgets', undefined],
    [{ disabel: {} }, 'budgets.disabel', 'disable'],
    [{ disable: null }, 'budgets.disable', undefined],
    [{ disable: { hours: null } }, 'budgets.disable.hours', 'hour'],
    [{ disable: { hour: 5 } }, 'budgets.disable.hour', undefined],
    [{ disable: { hour: { count: 5 } } }, 'budgets.disable.hour.percent', undefined],
    [{ disable: { hour: { percent: 5 } } }, 'budgets.disable.hour.count', undefined],
    [{ disable: { hour: { count: 1.5, percent: 5 } } }, 'budgets.disable.hour.count', undefined],
    [{ disable: { hour: { count: -1, percent: 5 } } }, 'budgets.disable.hour.count', undefined],
    [{ disable: { hour: { count: 1, percent: 101 } } }, 'budgets.disable.hour.percent', undefined],
    [{ disable: { hour: { count: '1', percent: 1 } } }, 'budgets.disable.hour.count', undefined],
    [{ disable: { hour: { counts: 1, count: 1, percent: 1 } } }, 'budgets.disable.hour.counts', 'count'],
  ])('says what is wrong with %j: %s', (budgets, path, suggestion) => {
    const faults = checkBudgets(budgets);
    expect(faults).toMatchObject([{ path, message: expect.any(String) }]);
    expect(faults[0]?.suggestion).toBe(suggestion);
  });
});

describe('the limits in force', () => {
  const hour = { count: 1, percent: 2 };
  it.each([
    ['are the defaults where nothing is said', {}, 'disable', DEFAULT_BUDGETS.disable],
    ['are none for a create where nothing is said: a first load creates everything', {}, 'create', {}],
    [
      'have the application’s own in their place',
      { disable: { hour } },
      'disable',
      { ...DEFAULT_BUDGETS.disable, hour },
    ],
    [
      'lack a window that is switched off',
      { delete: { hour: null, day: null } },
      'delete',
      { week: DEFAULT_BUDGETS.delete.week },
    ],
    ['are only those of the action', { disable: { hour } }, 'revoke', DEFAULT_BUDGETS.revoke],
  ] as const)('%s', (_, budgets, action, limits) => expect(budgetLimitsOf(budgets, action)).toEqual(limits));
});
