import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { MoreThan, type FindOptionsOrder, type FindOptionsWhere } from 'typeorm';
import { Refusal, isUuid, shortened, type TxRepository } from '@tenure/platform';

/** Documents what every paged list takes. */
export const PagedQuery = (): MethodDecorator =>
  applyDecorators(ApiQuery({ name: 'limit', required: false }), ApiQuery({ name: 'cursor', required: false }));

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** One page of a list; `nextCursor` is there while more may follow. */
export interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

export interface PageQuery {
  readonly limit: number;
  readonly after: string | undefined;
}

/** `?limit=` (1 to 1000) and `?cursor=`, checked. */
export function readPage(query: { readonly limit?: string; readonly cursor?: string }): PageQuery {
  const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new Refusal('limit_invalid', `limit must be a whole number from 1 to ${MAX_LIMIT}.`);
  if (query.cursor !== undefined && !isUuid(query.cursor))
    throw new Refusal('cursor_invalid', 'cursor must be a nextCursor that an earlier page gave.');
  return { limit, after: query.cursor };
}

/** Refuses a parameter that the route does not know, or that comes twice: what is ignored would show, or do, too much. */
export function refuseUnknown(query: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  for (const [name, value] of Object.entries(query)) {
    if (!names.includes(name))
      throw new Refusal(
        'parameter_unknown',
        names.length === 0
          ? `"${shortened(name, 100)}" is not a parameter here: there are none.`
          : `"${shortened(name, 100)}" is not a parameter here; take ${names.join(', ')}.`,
      );
    if (typeof value !== 'string') throw new Refusal('parameter_invalid', `${name} may come once.`);
  }
}

/** A page of rows that were read ordered by id, with one more than the limit. */
export function pageOf<T extends { readonly id: string }>(rows: readonly T[], limit: number): PageOf<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(rows.length > limit && last && { nextCursor: last.id }) };
}

/** An id among the query's parameters, or a refusal. */
export function idOf(query: Readonly<Record<string, string>>, name: string): string | undefined {
  const value = query[name];
  if (value !== undefined && !isUuid(value)) throw new Refusal('parameter_invalid', `${name} must be an id.`);
  return value;
}

/** A parameter that takes one of a few words, or a refusal that lists them. */
export function oneOf<Word extends string>(
  query: Readonly<Record<string, string>>,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  const word = words.find((one) => one === value);
  if (word === undefined) throw new Refusal('parameter_invalid', `${name} must be one of ${words.join(', ')}.`);
  return word;
}

/** One page of the rows of a table of the tenant, oldest first. */
export async function rowsPage<Row extends { readonly id: string; readonly tenantId: string }>(
  rows: TxRepository<Row>,
  tenantId: string,
  query: { readonly limit?: string; readonly cursor?: string },
): Promise<PageOf<Row>> {
  const { limit, after } = readPage(query);
  const where = { tenantId, ...(after !== undefined && { id: MoreThan(after) }) } as FindOptionsWhere<Row>;
  const order = { id: 'ASC' } as FindOptionsOrder<Row>;
  return pageOf(await rows.find({ where, order, take: limit + 1 }), limit);
}
