import { LIMITS } from '../protocol/limits.js';
import { namesOf, type Projection } from '../resources/project-resource.js';
import { assertStorable } from '../schema/read-resource.js';
import { isUrn } from '../schema/schema-model.js';
import { ScimError, type ScimType } from '../protocol/scim-error.js';
import type { Values } from '../schema/read-value.js';

const SEARCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

/** What a list or a search asks for (RFC 7644 §3.4.2, RFC 9865). */
export interface ListQuery {
  readonly filter?: string;
  readonly sortBy?: string;
  readonly descending: boolean;
  /** 1-based. */
  readonly startIndex: number;
  readonly count: number;
  /** Present: pages by cursor; empty: the first one. */
  readonly cursor?: string;
}

const PARAMETERS = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
];
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, '');

/**
 * Parameters under their right names. `Filter` is `filter`; what only resembles one (`filter[]`, `start-index`) is refused:
 * taken for unknown, it would list everybody. Other names are a client's own, and say nothing here.
 */
export function readParameters(given: Values): Values {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const known = PARAMETERS.find((one) => plain(one) === plain(name));
    if (known !== undefined && (known.toLowerCase() !== name.toLowerCase() || Object.hasOwn(read, known)))
      throw new ScimError(400, `"${name}" is not a parameter; send ${known}, once.`, 'invalidValue');
    read[known ?? name] = value;
  }
  return read;
}

/** Reads parameters of a query, or the body of a search: the same names, as text or as themselves. */
export function readListQuery(given: Values): ListQuery {
  const cursor = text(given, 'cursor', 'invalidCursor');
  const count = integer(given.count);
  if (cursor !== undefined && given.count !== undefined && (count === undefined || count < 1))
    throw new ScimError(400, 'count must be a number from 1 where pages go by cursor.', 'invalidCount');
  const filter = text(given, 'filter', 'invalidFilter');
  const sortBy = text(given, 'sortBy', 'invalidPath');
  return {
    ...(filter !== undefined && filter.trim() !== '' && { filter }),
    ...(sortBy !== undefined && sortBy !== '' && { sortBy }),
    descending: isDescending(text(given, 'sortOrder', 'invalidValue')),
    startIndex: Math.max(1, integer(given.startIndex) ?? 1),
    count: Math.min(LIMITS.maxCount, Math.max(0, count ?? LIMITS.defaultCount)),
    ...(cursor !== undefined && { cursor }),
  };
}

/** A question that is no text, or was asked twice, must not be answered as if it had not been asked. */
function text(given: Values, name: string, scimType: ScimType): string | undefined {
  const value = given[name];
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw new ScimError(400, `${name} must be one text.`, scimType);
}

function isDescending(order = 'ascending'): boolean {
  const word = order.toLowerCase();
  if (word === 'descending') return true;
  if (word === 'ascending' || word === '') return false;
  throw new ScimError(400, 'sortOrder must be "ascending" or "descending".', 'invalidValue');
}

/** What is no whole number says nothing; one that is larger than any list is as good as the largest. */
function integer(value: unknown): number | undefined {
  const given = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^[+-]?\d{1,30}$/.test(given) ? Math.max(-1, Math.min(Number(given), MOST)) : undefined;
}
const MOST = 2_000_000_000;

export function readProjection(given: Values): Projection {
  const attributes = namesOf(given.attributes);
  const excluded = namesOf(given.excludedAttributes);
  return { ...(attributes && { attributes }), ...(excluded && { excluded }) };
}

/** RFC 7644 §3.4.3: the body of a search says that it is one. */
export function readSearch(body: unknown): Values {
  assertStorable(body);
  const schemas: unknown = body.schemas;
  const isSearch = Array.isArray(schemas) && schemas.some((urn) => isUrn(urn, SEARCH_SCHEMA));
  if (!isSearch)
    throw new ScimError(400, `The body must be a SearchRequest with schemas ["${SEARCH_SCHEMA}"].`, 'invalidSyntax');
  return body;
}
