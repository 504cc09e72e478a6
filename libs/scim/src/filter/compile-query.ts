import type { BoundFilter, Comparable } from './bind-filter.js';
import type { CompareOperator } from './parse-filter.js';

/** A value that is no part of the folded document: a column, or something computed from columns. */
export interface QueryColumn {
  readonly sql: string;
  readonly type: 'text' | 'uuid' | 'timestamptz';
}

/** A list whose elements are rows. */
export interface QueryRows {
  /** Everything between `EXISTS (SELECT … ` and the condition on an element. */
  readonly from: string;
  readonly columns: Readonly<Record<string, QueryColumn>>;
  /** By column: a condition on the resource that finds those with an element of this value from the element's side. */
  readonly holders?: Readonly<Record<string, (parameter: string) => string>>;
}

/** How a resource type lies in the database. Nothing in it comes from a client. */
export interface QueryShape {
  /** The folded document. */
  readonly document: string;
  /** By the path in lower case, joined with dots. */
  readonly columns: Readonly<Record<string, QueryColumn>>;
  readonly rows: Readonly<Record<string, QueryRows>>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const isOurId = (value: string): boolean => UUID.test(value) && value === value.toLowerCase();
const ORDER: Readonly<Partial<Record<CompareOperator, string>>> = { gt: '>', ge: '>=', lt: '<', le: '<=' };

/** Compiles a bound filter to SQL. Values become parameters, appended to `params`; names come from the schema alone. */
export function compileQuery(filter: BoundFilter, shape: QueryShape, params: unknown[]): string {
  const parameter = (value: unknown): string => `$${params.push(value)}`;
  const inside = (element: QueryShape): Compiler => ({ ...compiler, shape: element, depth: compiler.depth + 1 });
  const compiler: Compiler = { shape, depth: 0, parameter, inside };
  return compile(filter, compiler);
}

interface Compiler {
  readonly shape: QueryShape;
  readonly depth: number;
  readonly parameter: (value: unknown) => string;
  readonly inside: (element: QueryShape) => Compiler;
}

function compile(filter: BoundFilter, compiler: Compiler): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${compile(filter.left, compiler)} ${filter.kind.toUpperCase()} ${compile(filter.right, compiler)})`;
    case 'not':
      return `(NOT coalesce(${compile(filter.filter, compiler)}, false))`;
    case 'present':
      return present(filter.place.path, compiler);
    case 'compare':
      return compare(filter, compiler);
    case 'some':
      return some(filter, compiler);
  }
}

const NONE: Readonly<Record<string, never>> = {};

/** A name from the schema as an SQL text. */
const literal = (name: string): string => `'${name.replaceAll("'", "''")}'`;
const jsonOf = (document: string, path: readonly string[]): string =>
  path.length === 0 ? document : `(${document}${path.map((name) => ` -> ${literal(name)}`).join('')})`;

/** The text at a path; the indexes are over exactly this form. */
export function textOf(document: string, path: readonly string[]): string {
  const last = path.at(-1);
  if (last === undefined) return `((${document} #>> '{}') COLLATE "C")`;
  const before = path.slice(0, -1).map((name) => ` -> ${literal(name)}`);
  return `((${document}${before.join('')} ->> ${literal(last)}) COLLATE "C")`;
}

const columnAt = ({ shape }: Compiler, path: readonly string[]): QueryColumn | undefined => {
  const name = path.join('.');
  return Object.hasOwn(shape.columns, name) ? shape.columns[name] : undefined;
};

function present(path: readonly string[], compiler: Compiler): string {
  const column = columnAt(compiler, path);
  if (column) return `(${column.sql} IS NOT NULL)`;
  const name = path.join('.');
  if (Object.hasOwn(compiler.shape.rows, name)) return `EXISTS (${compiler.shape.rows[name]?.from ?? ''} true)`;
  return `(${jsonOf(compiler.shape.document, path)} IS NOT NULL)`;
}

type Some = Extract<BoundFilter, { kind: 'some' }>;

function some({ list, filter }: Some, compiler: Compiler): string {
  const { shape, depth, parameter, inside } = compiler;
  const name = list.join('.');
  const rows = Object.hasOwn(shape.rows, name) ? shape.rows[name] : undefined;
  if (rows) {
    const element = inside({ document: "'{}'::jsonb", columns: rows.columns, rows: NONE });
    const held = filter.kind === 'compare' && filter.op === 'eq' ? holdersOf(rows, filter, element) : undefined;
    if (held !== undefined) return held;
    return `EXISTS (${rows.from} ${compile(filter, element)})`;
  }
  const array = jsonOf(shape.document, list);
  // Containment finds an equal value by index; anything else looks at each element.
  if (filter.kind === 'compare' && filter.op === 'eq' && filter.place.path.length < 2)
    return `(${array} @> ${parameter(JSON.stringify([containing(filter.place.path, filter.value)]))}::jsonb)`;
  const alias = `e${depth}`;
  const element = inside({ document: `${alias}.v`, columns: NONE, rows: NONE });
  return `EXISTS (SELECT FROM jsonb_array_elements(${array}) AS ${alias}(v) WHERE ${compile(filter, element)})`;
}

/** Undefined where those who have the value can only be found one by one. */
function holdersOf(rows: QueryRows, { place: { path }, value }: Compare, compiler: Compiler): string | undefined {
  const name = path.join('.');
  const holders = rows.holders !== undefined && Object.hasOwn(rows.holders, name) ? rows.holders[name] : undefined;
  const column = columnAt(compiler, path);
  if (holders === undefined || column === undefined) return undefined;
  if (column.type === 'uuid' && !isOurId(String(value))) return 'false';
  return `(${holders(`${compiler.parameter(String(value))}::${column.type}`)})`;
}

const containing = ([name]: readonly string[], value: Comparable): unknown =>
  name === undefined ? value : { [name]: value };

type Compare = Extract<BoundFilter, { kind: 'compare' }>;

function compare(filter: Compare, compiler: Compiler): string {
  const { place, op, value } = filter;
  const column = columnAt(compiler, place.path);
  if (column) return compareColumn(column, op, String(value), compiler);
  const { document } = compiler.shape;
  if (typeof value === 'string') return compareText(textOf(document, place.path), op, value, compiler);
  const json = jsonOf(document, place.path);
  if (op === 'eq') return `(${json} = ${compiler.parameter(JSON.stringify(value))}::jsonb)`;
  if (op === 'ne') return `(${json} IS DISTINCT FROM ${compiler.parameter(JSON.stringify(value))}::jsonb)`;
  const number = `(CASE WHEN jsonb_typeof(${json}) = 'number' THEN (${json} #>> '{}')::numeric END)`;
  return `(${number} ${ORDER[op] ?? ''} ${compiler.parameter(String(value))}::numeric)`;
}

function compareColumn({ sql, type }: QueryColumn, op: CompareOperator, value: string, compiler: Compiler): string {
  if (type === 'text' && (op === 'eq' || op === 'ne')) return equality(sql, op, compiler.parameter(value));
  if (type === 'timestamptz') {
    const parameter = `${compiler.parameter(value)}::timestamptz`;
    const operator = ORDER[op];
    return operator === undefined ? equality(sql, op, parameter) : `(${sql} ${operator} ${parameter})`;
  }
  if (type === 'uuid' && (op === 'eq' || op === 'ne')) {
    // An id that is no UUID is nobody's.
    if (!isOurId(value)) return op === 'eq' ? 'false' : 'true';
    return equality(sql, op, `${compiler.parameter(value)}::uuid`);
  }
  return compareText(`((${sql})::text COLLATE "C")`, op, value, compiler);
}

const equality = (sql: string, op: CompareOperator, parameter: string): string =>
  op === 'ne' ? `(${sql} IS DISTINCT FROM ${parameter})` : `(${sql} = ${parameter})`;

function compareText(text: string, op: CompareOperator, value: string, { parameter }: Compiler): string {
  switch (op) {
    case 'eq':
    case 'ne':
      return equality(text, op, parameter(value));
    case 'co':
      return `(position(${parameter(value)} IN ${text}) > 0)`;
    case 'sw':
      // The range can use an index; no text that begins so is outside it.
      return `(${text} >= ${parameter(value)} AND ${text} < ${parameter(`${value}\u{10ffff}\u{10ffff}`)} AND starts_with(${text}, ${parameter(value)}))`;
    case 'ew':
      return `(right(${text}, length(${parameter(value)})) = ${parameter(value)})`;
    default:
      return `(${text} ${ORDER[op] ?? ''} ${parameter(value)})`;
  }
}
