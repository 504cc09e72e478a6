import { suggestName, type InputFault } from '@tenure/platform';
import { BUDGET_ACTIONS, BUDGET_WINDOWS } from './application-rules.js';

const MAX_COUNT = 10_000_000;

/** Every mistake of an application's safety budgets, with its path. */
export function checkBudgets(value: unknown): readonly InputFault[] {
  return entriesOf('budgets', value, BUDGET_ACTIONS, (actionPath, windows) =>
    entriesOf(actionPath, windows, BUDGET_WINDOWS, checkLimit),
  );
}

function checkLimit(path: string, limit: unknown): readonly InputFault[] {
  if (limit === null) return [];
  const faults = entriesOf(path, limit, ['count', 'percent'], (numberPath, number) =>
    numberPath.endsWith('.count')
      ? checkNumber(numberPath, number, MAX_COUNT, true)
      : checkNumber(numberPath, number, 100),
  );
  if (faults.length > 0) return faults;
  return (['count', 'percent'] as const)
    .filter((name) => (limit as Record<string, unknown>)[name] === undefined)
    .map((name) => ({
      path: `${path}.${name}`,
      message: 'is missing: over the budget is what exceeds both count and percent',
    }));
}

function checkNumber(path: string, value: unknown, most: number, whole = false): readonly InputFault[] {
  const fits = typeof value === 'number' && value >= 0 && value <= most && (!whole || Number.isInteger(value));
  return fits ? [] : [{ path, message: `must be a ${whole ? 'whole ' : ''}number from 0 to ${most}` }];
}

/** The faults of an object that may have certain keys, and of their values. */
function entriesOf(
  path: string,
  value: unknown,
  known: readonly string[],
  check: (path: string, value: unknown) => readonly InputFault[],
): readonly InputFault[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return [{ path, message: `must be an object with ${known.join(', ')}` }];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (known.includes(key)) return check(`${path}.${key}`, inner);
    const suggestion = suggestName(key, known);
    const message = `is not known; take ${known.join(', ')}`;
    return [{ path: `${path}.${key}`, message, ...(suggestion !== undefined && { suggestion }) }];
  });
}
