import { Database, isUuid, Refusal, search, type CompiledFilter } from '@tenure/platform';
import { pageOf, readPage, refuseUnknown, type PageOf } from './page.js';

/** A query parameter that narrows a list: its column, and whether it is an id. */
export type Narrowing = Readonly<Record<string, { readonly column: string; readonly uuid: boolean }>>;

/** Parameters of the query as an AND of equalities; one that the list does not know is refused, not ignored. */
export function narrow(query: Readonly<Record<string, string>>, narrowing: Narrowing): CompiledFilter {
  refuseUnknown(query, [...Object.keys(narrowing), 'limit', 'cursor']);
  const params: string[] = [];
  const conditions = Object.entries(narrowing).flatMap(([name, { column, uuid }]) => {
    const value = query[name];
    if (value === undefined) return [];
    if (uuid && !isUuid(value)) throw new Refusal('parameter_invalid', `${name} must be an id.`);
    return [`${column} = $${params.push(value.normalize('NFC')) + 1}`];
  });
  return { sql: conditions.length === 0 ? 'true' : conditions.join(' AND '), params };
}

/** One page of a table's rows, narrowed by the query's parameters. */
export async function listPage<Row extends { readonly id: string }>(
  database: Database,
  tenantId: string,
  from: { readonly table: string; readonly columns: string; readonly narrowing: Narrowing },
  query: Readonly<Record<string, string>>,
): Promise<PageOf<Row>> {
  const { limit, after } = readPage(query);
  const filter = narrow(query, from.narrowing);
  const rows = await search<Row>(database, tenantId, {
    table: from.table,
    columns: from.columns,
    filter,
    limit: limit + 1,
    ...(after !== undefined && { after }),
  });
  return pageOf(rows, limit);
}
