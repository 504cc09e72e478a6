import { Clock, Database, type Tx } from '@tenure/platform';
import { bindFilter } from '../filter/bind-filter.js';
import { compileQuery, textOf, type QueryShape } from '../filter/compile-query.js';
import type { ListCursors } from './list-cursor.js';
import { FilterFault, parseFilter, type Filter } from '../filter/parse-filter.js';
import { presentResources } from '../resources/present-resource.js';
import { tableOf, type ResourceTable } from '../resources/query-shapes.js';
import type { ListQuery } from './read-query.js';
import type { Values } from '../schema/read-value.js';
import { resolvePath } from '../schema/resolve-path.js';
import type { ScimCall, StoredResource } from '../resources/scim-call.js';
import { ScimError } from '../protocol/scim-error.js';
import type { ResourceType } from '../schema/schema-model.js';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** Lists and searches, under the role that may use any index, with tenant and source first. */
export class ResourceLists {
  constructor(
    private readonly database: Database,
    private readonly cursors: ListCursors,
    private readonly clock: Clock,
  ) {}

  /** RFC 7644 §3.4.2; at the root (§3.4.2.1) over every type, one after another. */
  async list(call: ScimCall, types: readonly ResourceType[], query: ListQuery): Promise<object> {
    const filter = readFilter(query.filter);
    const parts = types.flatMap((type) => partOf(call, type, filter, query, types.length > 1) ?? []);
    if (query.cursor !== undefined && types.length > 1)
      throw new ScimError(400, 'Pages go by cursor for one resource type only.', 'invalidCursor');
    try {
      return await this.database.asSearch(call.source.tenantId, async (tx) => {
        const [part] = parts;
        if (query.cursor !== undefined && part) return this.pageByCursor(tx, call, part, query);
        return pageByIndex(tx, call, parts, query);
      });
    } catch (error) {
      if (!wasTooLong(error)) throw error;
      throw new ScimError(
        400,
        'Too much has to be looked at for this; ask for less, or by another attribute.',
        'tooMany',
      );
    }
  }

  private async pageByCursor(tx: Tx, call: ScimCall, part: Part, query: ListQuery): Promise<object> {
    const question = JSON.stringify([
      ...[tx.tenantId, call.source.id, part.type.name, query.filter, query.sortBy, query.descending],
    ]);
    const now = this.clock.now();
    const after =
      query.cursor === '' || query.cursor === undefined ? null : this.cursors.read(query.cursor, question, now);
    const total = await countOf(tx, part);
    const params = [...part.params];
    const rows = await tx.query<Row>(
      `SELECT ${part.table.selected}, ${part.sort}::text AS key FROM ${part.table.from} AND ${part.where}${after ? ` AND ${afterOf(part, after, params)}` : ''}
       ORDER BY ${part.order} LIMIT ${query.count + 1}`,
      params,
    );
    const page = rows.slice(0, query.count);
    const last = page.at(-1);
    const next = rows.length > query.count && last ? this.cursors.write(last, question, now) : undefined;
    const resources = await presentResources(tx, call, part.type, page);
    return {
      ...{ schemas: [LIST_SCHEMA], totalResults: total, itemsPerPage: resources.length },
      ...(next !== undefined && { nextCursor: next }),
      Resources: resources,
    };
  }
}

/** PostgreSQL's query_canceled: by the time that a statement may take. */
const wasTooLong = (error: unknown): boolean =>
  error !== null && typeof error === 'object' && 'code' in error && error.code === '57014';

type Row = StoredResource & { readonly key: string | null };

/** One type's part of a list: condition, order and the parameters of both. */
interface Part {
  readonly type: ResourceType;
  readonly table: ResourceTable;
  readonly where: string;
  readonly sort: string;
  readonly descending: boolean;
  readonly order: string;
  readonly params: readonly unknown[];
}

async function pageByIndex(tx: Tx, call: ScimCall, parts: readonly Part[], query: ListQuery): Promise<object> {
  const resources: Values[] = [];
  let total = 0;
  for (const part of parts) {
    const matching = await countOf(tx, part);
    const offset = Math.max(0, query.startIndex - 1 - total);
    const wanted = query.count - resources.length;
    total += matching;
    if (wanted <= 0 || offset >= matching) continue;
    const rows = await tx.query<StoredResource>(
      `SELECT ${part.table.selected} FROM ${part.table.from} AND ${part.where} ORDER BY ${part.order} LIMIT ${wanted} OFFSET ${offset}`,
      part.params,
    );
    resources.push(...(await presentResources(tx, call, part.type, rows)));
  }
  return {
    ...{ schemas: [LIST_SCHEMA], totalResults: total, startIndex: query.startIndex, itemsPerPage: resources.length },
    Resources: resources,
  };
}

async function countOf(tx: Tx, { table, where, params }: Part): Promise<number> {
  const sql = `SELECT count(*)::int AS n FROM ${table.from} AND ${where}`;
  const [row] = await tx.query<{ n: number }>(sql, params);
  return row?.n ?? 0;
}

function readFilter(source: string | undefined): Filter | null {
  if (source === undefined) return null;
  return asScim(() => parseFilter(source, 'tolerant'));
}

function asScim<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    throw new ScimError(400, `The filter cannot be used: ${error.message}.`, 'invalidFilter');
  }
}

/** Null for a type that the filter cannot be about, where several are asked at once. */
function partOf(
  { source, base }: ScimCall,
  type: ResourceType,
  filter: Filter | null,
  query: ListQuery,
  isRoot: boolean,
): Part | null {
  const table = tableOf(type);
  const params: unknown[] = [source.tenantId, source.id, base];
  let where = 'true';
  try {
    if (filter !== null) where = compileQuery(bindFilter(filter, type), table.shape, params);
  } catch (error) {
    if (isRoot && error instanceof FilterFault) return null;
    return asScim(() => {
      throw error;
    });
  }
  const { descending } = query;
  const direction = descending ? 'DESC' : 'ASC';
  const isSorted = query.sortBy !== undefined && !(isRoot && resolvePath(type, query.sortBy) === null);
  const sort = isSorted ? sortKey(type, table.shape, query.sortBy ?? '') : null;
  const order = sort === null ? `r.id ${direction}` : `${sort} ${direction}, r.id ${direction}`;
  return { type, table, where, sort: sort ?? 'NULL', descending, order, params };
}

/** Nobody's text is greater: what has no value comes last, and first where the order is descending (§3.4.2.3). */
const LAST = '(U&\'\\+10FFFF\' COLLATE "C")';

function sortKey(type: ResourceType, shape: QueryShape, path: string): string {
  const found = resolvePath(type, path);
  if (!found || found.attribute.returned === 'never')
    throw new ScimError(400, `"${path}" is no attribute of a ${type.name} to sort by.`, 'invalidPath');
  const { extension, attribute, sub } = found;
  const keys = [...(extension ? [extension.id] : []), attribute.name].map((name) => name.toLowerCase());
  const part = sub ?? attribute.subAttributes?.find(({ name }) => name === 'value');
  const whole = part ? [...keys, part.name.toLowerCase()] : keys;
  const name = whole.join('.');
  const column = Object.hasOwn(shape.columns, name) ? shape.columns[name] : undefined;
  if (column) return `coalesce(${sortable(column.sql, column.type)}, ${LAST})`;
  if (!attribute.multiValued) return `coalesce(${textOf(shape.document, whole)}, ${LAST})`;
  return `coalesce(${preferred(shape, keys, part?.name.toLowerCase() ?? 'value')}, ${LAST})`;
}

/** Of several values the primary one, or else the first. */
function preferred({ document }: QueryShape, keys: readonly string[], part: string): string {
  const list = keys.reduce((json, key) => `${json} -> '${key.replaceAll("'", "''")}'`, document);
  const primary = `jsonb_path_query_first(${list}, '$[*] ? (@.primary == true)')`;
  return `((${primary} ->> '${part}') COLLATE "C"), ((${list} -> 0 ->> '${part}') COLLATE "C")`;
}

const sortable = (sql: string, type: 'text' | 'uuid' | 'timestamptz'): string =>
  type === 'timestamptz'
    ? `(to_char(${sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') COLLATE "C")`
    : `((${sql})::text COLLATE "C")`;

function afterOf(
  { sort, descending }: Part,
  { key, id }: { key: string | null; id: string },
  params: unknown[],
): string {
  const sign = descending ? '<' : '>';
  const last = `$${params.push(id)}::uuid`;
  return key === null ? `r.id ${sign} ${last}` : `(${sort}, r.id) ${sign} ($${params.push(key)}::text, ${last})`;
}
