import { ConnectorError } from '../errors.js';
import type { Page } from '../spi.js';
import { isObject, member } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { idOf } from './user-body.js';

/** A ListResponse (RFC 7644 §3.4.2) as it came. */
export interface ListAnswer {
  readonly resources: readonly Json[];
  /** Entries that came, with those that have no id and so are nothing that can be asked for. */
  readonly entries: number;
  /** As the app counts; absent: it does not say. */
  readonly total?: number;
}

/**
 * The list that an answer is. An object with neither `Resources` nor `totalResults` is none, whatever its status: an error
 * body with 200 is no empty list. Nor is a first page that counts entries and shows none.
 */
export function readList(body: Json, start: number, what: string): ListAnswer {
  const [listed, total] = [member(body, 'Resources') ?? undefined, totalOf(member(body, 'totalResults'))];
  if (listed === undefined ? total === undefined : !Array.isArray(listed)) throw unreadable(what);
  const entries = (listed ?? []) as readonly unknown[];
  if (entries.length === 0 && start === 1 && (total ?? 0) > 0) throw unreadable(what);
  const resources = entries.filter((entry): entry is Json => isObject(entry) && idOf(entry) !== undefined);
  return { resources, entries: entries.length, total };
}

/** Nothing was read: whoever asked cannot tell, and asks again later. */
export const unreadable = (what: string): ConnectorError =>
  new ConnectorError('retryable', `${what} was answered with something that is not what was asked for`);

/** Where the page after this one begins; undefined: this is the last. By what came, not by what was asked for. */
export function nextIndex({ entries, total = 0 }: ListAnswer, start: number): number | undefined {
  const next = start + entries;
  return entries > 0 && next <= total ? next : undefined;
}

const endless = (): ConnectorError =>
  new ConnectorError('permanent', 'The application’s list does not end: it gives the same page again.');

/** Refuses a list that gives the same entries again: an app that ignores `startIndex` would be read for ever. */
export class Circle {
  private readonly seen = new Set<string>();

  refuse({ resources }: ListAnswer): void {
    const ids = resources.flatMap((resource) => idOf(resource) ?? []);
    if (ids.length > 0 && ids.every((id) => this.seen.has(id))) throw endless();
    for (const id of ids) this.seen.add(id);
  }
}

const MOST_KEPT = 10_000;

/** The same for a list that is read one page at a time, by whoever has its cursor. */
export class PageOrder {
  /** Where a page begins → the first entry of the page before it. */
  private readonly before = new Map<number, string>();

  follow<T>(answer: ListAnswer, start: number, toItem: (resource: Json) => T): Page<T> {
    const first = idOf(answer.resources[0]);
    if (first !== undefined && this.before.get(start) === first) throw endless();
    const next = nextIndex(answer, start);
    if (this.before.size > MOST_KEPT) this.before.clear();
    if (next !== undefined && first !== undefined) this.before.set(next, first);
    const isPartial = answer.resources.length < answer.entries;
    return {
      items: answer.resources.map(toItem),
      next: next === undefined ? undefined : String(next),
      ...(isPartial && { partial: true }),
    };
  }
}

function totalOf(counted: unknown): number | undefined {
  const total = typeof counted === 'string' && /^\d+$/.test(counted.trim()) ? Number(counted) : counted;
  return Number.isSafeInteger(total) ? (total as number) : undefined;
}
