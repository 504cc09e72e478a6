import type { BoundFilter, Comparable } from './bind-filter.js';
import type { Json } from '../schema/fold-resource.js';
import type { CompareOperator } from './parse-filter.js';

/** Whether a folded resource, or a folded element, matches: what the compiled SQL must say, too. */
export function matches(filter: BoundFilter, folded: Json): boolean {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, folded) && matches(filter.right, folded);
    case 'or':
      return matches(filter.left, folded) || matches(filter.right, folded);
    case 'not':
      return !matches(filter.filter, folded);
    case 'present':
      return valueAt(folded, filter.place.path) !== undefined;
    case 'compare':
      return compares(filter.op, valueAt(folded, filter.place.path), filter.value);
    case 'some': {
      const list = valueAt(folded, filter.list);
      return Array.isArray(list) && list.some((element: Json) => matches(filter.filter, element));
    }
  }
}

function valueAt(folded: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = folded;
  for (const name of path) {
    if (value === null || value === undefined || typeof value !== 'object' || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, name) ? (value as Readonly<Record<string, Json>>)[name] : undefined;
  }
  return value;
}

function compares(op: CompareOperator, value: Json | undefined, wanted: Comparable): boolean {
  if (op === 'ne') return value !== wanted;
  if (value === undefined || typeof value !== typeof wanted) return false;
  if (op === 'eq') return value === wanted;
  if (typeof value === 'number' && typeof wanted === 'number') return ordered(op, value - wanted);
  if (typeof value !== 'string' || typeof wanted !== 'string') return false;
  if (op === 'co') return value.includes(wanted);
  if (op === 'sw') return value.startsWith(wanted);
  if (op === 'ew') return value.endsWith(wanted);
  // By code points, as PostgreSQL's "C" does; JavaScript's own order is by UTF-16 units.
  return ordered(op, Buffer.compare(Buffer.from(value), Buffer.from(wanted)));
}

function ordered(op: CompareOperator, difference: number): boolean {
  if (op === 'gt') return difference > 0;
  if (op === 'ge') return difference >= 0;
  return op === 'lt' ? difference < 0 : difference <= 0;
}
