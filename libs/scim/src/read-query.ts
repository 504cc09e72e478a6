import { LIMITS } from './limits.js';
import { namesOf, type Projection } from './project-resource.js';
import { ScimError } from './scim-error.js';
import type { Values } from './read-value.js';

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

/** Reads parameters of a query, or the body of a search: the same names, as text or as themselves. */
export function readListQuery(given: Values): ListQuery {
  const text = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === 'string' ? value : undefined;
  };
  const cursor = text('cursor');
  const count = integer(given.count);
  if (cursor !== undefined && count !== undefined && count < 1)
    throw new ScimError(400, 'count must be at least 1 where pages go by cursor.', 'invalidCount');
  const filter = text('filter');
  return {
    ...(filter !== undefined && filter.trim() !== '' && { filter }),
    ...(text('sortBy') && { sortBy: text('sortBy') ?? '' }),
    descending: text('sortOrder')?.toLowerCase() === 'descending',
    startIndex: Math.max(1, integer(given.startIndex) ?? 1),
    count: Math.min(LIMITS.maxCount, Math.max(0, count ?? LIMITS.defaultCount)),
    ...(cursor !== undefined && { cursor }),
  };
}

/** What is no whole number says nothing. */
function integer(value: unknown): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export function readProjection(given: Values): Projection {
  const attributes = namesOf(given.attributes);
  const excluded = namesOf(given.excludedAttributes);
  return { ...(attributes && { attributes }), ...(excluded && { excluded }) };
}
