import type { InputFault } from '@tenure/platform';
import { BUDGET_ACTIONS, BUDGET_WINDOWS } from './application-rules.js';
import { isObject, unknownKeyFaults } from './check-shape.js';

const MAX_COUNT = 10_000_000;

/** Every mistake of an application's safety budgets, with its path. */
export const checkBudgets = (value: unknown): readonly InputFault[] =>
  faultsOf('budgets', value, BUDGET_ACTIONS, (path, windows) => faultsOf(path, windows, BUDGET_WINDOWS, limitFaults));

function limitFaults(path: string, limit: unknown): readonly InputFault[] {
  if (limit === null) return [];
  const faults = faultsOf(path, limit, ['count', 'percent'], (numberPath, number) =>
    numberPath.endsWith('.count') ? numberFaults(numberPath, number, MAX_COUNT) : numberFaults(numberPath, number, 100),
  );
  if (faults.length > 0) return faults;
  return (['count', 'percent'] as const)
    .filter((name) => (limit as Record<string, unknown>)[name] === undefined)
    .map((name) => ({
      path: `${path}.${name}`,
      message: 'is missing: over the budget is what exceeds both count and percent',
    }));
}

/** A count is whole; a percentage need not be. */
function numberFaults(path: string, value: unknown, most: number): readonly InputFault[] {
  const whole = most === MAX_COUNT;
  const fits = typeof value === 'number' && value >= 0 && value <= most && (!whole || Number.isInteger(value));
  return fits ? [] : [{ path, message: `must be a ${whole ? 'whole ' : ''}number from 0 to ${most}` }];
}

/** The faults of an object that may have certain keys, and of their values. */
function faultsOf(
  path: string,
  value: unknown,
  known: readonly string[],
  check: (path: string, value: unknown) => readonly InputFault[],
): readonly InputFault[] {
  if (!isObject(value)) return [{ path, message: `must be an object with ${known.join(', ')}` }];
  const entries = Object.entries(value).filter(([key]) => known.includes(key));
  return [
    ...unknownKeyFaults(path, value, known),
    ...entries.flatMap(([key, inner]) => check(`${path}.${key}`, inner)),
  ];
}
