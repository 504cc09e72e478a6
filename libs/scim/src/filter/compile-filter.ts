import type { CompiledFilter } from '@tenure/platform';
import { keyOf } from '@tenure/identity';
import { FilterFault, type Filter, type FilterValue } from './parse-filter.js';

/** How an attribute of a filter is found in SQL: a column, and the form in which its values are compared. */
export interface FilterColumn {
  readonly column: string;
  readonly type: 'text' | 'key' | 'uuid' | 'boolean';
}

/** Attribute (lower case) → column. `key` columns hold NFKC lower case. */
export type FilterColumns = Readonly<Record<string, FilterColumn>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A filter as parameterised SQL; parameters begin at `$2`, because `$1` is the tenant. */
export function compileFilter(filter: Filter, columns: FilterColumns): CompiledFilter {
  const params: unknown[] = [];
  const sqlOf = (part: Filter): string => {
    switch (part.kind) {
      case 'and':
      case 'or':
        return `(${sqlOf(part.left)} ${part.kind.toUpperCase()} ${sqlOf(part.right)})`;
      case 'not':
        return `(NOT coalesce(${sqlOf(part.filter)}, false))`;
      case 'present':
        return `(${columnOf(part, columns).column} IS NOT NULL)`;
      case 'valuePath':
        throw new FilterFault(`"${part.path}" has no parts to choose from`, part.at);
      case 'compare':
        return comparison(part, columnOf(part, columns), params);
    }
  };
  return { sql: sqlOf(filter), params };
}

function columnOf(part: { readonly path: string; readonly at: number }, columns: FilterColumns): FilterColumn {
  const name = part.path.toLowerCase();
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (column) return column;
  throw new FilterFault(`"${part.path}" cannot be filtered; take one of ${Object.keys(columns).join(', ')}`, part.at);
}

function comparison(
  part: Extract<Filter, { kind: 'compare' }>,
  { column, type }: FilterColumn,
  params: unknown[],
): string {
  if (part.value === null) {
    if (part.op === 'eq') return `(${column} IS NULL)`;
    if (part.op === 'ne') return `(${column} IS NOT NULL)`;
    throw new FilterFault(`"${part.op}" has no meaning for null`, part.at);
  }
  // RFC 7644 §3.4.2.2: what is no text has neither parts nor, as far as we go, an order.
  if ((type === 'boolean' || type === 'uuid') && part.op !== 'eq' && part.op !== 'ne') {
    throw new FilterFault(`"${part.op}" has no meaning for "${part.path}"`, part.at);
  }
  const value = valueFor(part.value, type, part.at);
  if (value === undefined) return part.op === 'ne' ? 'true' : 'false';
  const parameter = (text: unknown): string => `$${params.push(text) + 1}`;
  switch (part.op) {
    case 'eq':
      return `(${column} = ${parameter(value)})`;
    case 'ne':
      return `(${column} IS DISTINCT FROM ${parameter(value)})`;
    case 'sw':
      // A range, and not LIKE: it can use the index also under a row-level policy. In "C", where letters have no relatives.
      return `(${column}::text COLLATE "C" >= ${parameter(value)} AND ${column}::text COLLATE "C" < ${parameter(`${String(value)}\u{10ffff}`)})`;
    case 'co':
      return `(position(${parameter(value)} IN ${column}::text) > 0)`;
    case 'ew':
      return `(right(${column}::text, length(${parameter(value)})) = ${parameter(value)})`;
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return `(${column} ${SQL_ORDER[part.op]} ${parameter(value)})`;
  }
}

const SQL_ORDER = { gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

/** The value in the column's form; undefined when nothing can equal it. */
function valueFor(
  value: Exclude<FilterValue, null>,
  type: FilterColumn['type'],
  at: number,
): string | boolean | undefined {
  if (type === 'boolean') {
    if (typeof value !== 'boolean') throw new FilterFault('The attribute is true or false', at);
    return value;
  }
  if (typeof value !== 'string') throw new FilterFault('The attribute is a text; write the value in double quotes', at);
  if (type === 'uuid') return UUID.test(value) ? value : undefined;
  return type === 'key' ? (keyOf(value) ?? '') : value;
}
