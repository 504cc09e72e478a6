import { ConnectorError } from '../errors.js';
import type { Call } from '../spi.js';
import type { Json } from './attribute-path.js';
import { equals } from './filter.js';
import { Circle, nextIndex, readList, unreadable, type ListAnswer } from './list-answer.js';
import type { ScimClient } from './scim-client.js';

const PAGE_SIZE = 100;
/** The app understands the request and does not search by this attribute. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 405, 413, 422, 501]);

type Query = Readonly<Record<string, string>>;
type Matches = (resource: Json) => boolean;

/** What an app tells when it is asked by one attribute. `failed`: it may tell another time; `refused`: it never does. */
export type SearchAnswer = readonly Json[] | 'refused' | 'failed';

/** RFC 7644 §3.4.2.4: the page that begins at `start`. */
export const pageQuery = (start: number): Query => ({ startIndex: String(start), count: String(PAGE_SIZE) });

/** Looks for resources of one type. A filter that is ignored or refused is no answer: then the list itself is read. */
export class ScimSearch {
  /** The list can be read, so a 404 to a filter means that nothing matches. */
  private missesAreNotFound = false;

  constructor(
    private readonly client: ScimClient,
    private readonly path: '/Users' | '/Groups',
    private readonly query: Query = {},
  ) {}

  /**
   * Every resource that matches. An app that compares bytes knows a letter and its accent as they were written there, so what
   * is not found in one form is looked for in the other.
   */
  async by(
    call: Call,
    attribute: string,
    value: string,
    matches: Matches,
    /** Where nothing but certainty counts, a 404 to a filter is no answer. */
    takesMisses = true,
  ): Promise<SearchAnswer> {
    const answer = await this.spelled(call, attribute, value, matches, takesMisses);
    const apart = value.normalize('NFD');
    if (apart === value || typeof answer === 'string' || answer.length > 0) return answer;
    return this.spelled(call, attribute, apart, matches, takesMisses);
  }

  /** An app that ignores the filter answers with everything: only what matches counts. */
  private async spelled(
    call: Call,
    attribute: string,
    value: string,
    matches: Matches,
    takesMisses: boolean,
  ): Promise<SearchAnswer> {
    const query = { filter: equals(attribute, value) };
    const template = `${this.path}?filter=${attribute} eq …`;
    try {
      const first = await this.ask(call, query, template);
      const isUnderstood = first.entries === first.resources.length && first.resources.every(matches);
      return isUnderstood && nextIndex(first, 1) === undefined
        ? first.resources
        : await this.matching(call, matches, query, template, first);
    } catch (error) {
      return this.meaningOf(call, error, takesMisses);
    }
  }

  /** The same by reading the whole list. */
  list(call: Call, matches: Matches): Promise<readonly Json[]> {
    return this.matching(call, matches, {}, this.path);
  }

  /** One page of everything. */
  page(call: Call, start: number): Promise<ListAnswer> {
    return this.ask(call, pageQuery(start), this.path);
  }

  private async matching(
    call: Call,
    matches: Matches,
    query: Query,
    template: string,
    first?: ListAnswer,
  ): Promise<readonly Json[]> {
    const found: Json[] = [];
    const circle = new Circle();
    let unread = 0;
    let answer = first ?? (await this.ask(call, { ...query, ...pageQuery(1) }, template));
    for (let start = 1; ;) {
      circle.refuse(answer);
      found.push(...answer.resources.filter(matches));
      unread += answer.entries - answer.resources.length;
      const next = nextIndex(answer, start);
      if (next === undefined) break;
      start = next;
      answer = await this.ask(call, { ...query, ...pageQuery(start) }, template);
    }
    if (found.length === 0 && unread > 0) throw unreadable(`GET ${template}`);
    return found;
  }

  async ask(call: Call, query: Query, template: string): Promise<ListAnswer> {
    const all = { ...query, ...this.query };
    const request = { operation: 'search', method: 'GET', path: this.path, template, query: all } as const;
    return readList(await this.client.sendForBody(call, request), Number(query.startIndex ?? 1), `GET ${template}`);
  }

  private async meaningOf(call: Call, error: unknown, takesMisses: boolean): Promise<SearchAnswer> {
    const status = error instanceof ConnectorError ? error.detail.httpStatus : undefined;
    if (status === undefined || !(error instanceof ConnectorError) || error.errorClass === 'rate_limited') throw error;
    if (status === 404 || status === 410) return takesMisses ? this.notFound(call) : 'failed';
    if (status === 500) return 'failed';
    if (!REFUSALS.has(status)) throw error;
    return 'refused';
  }

  /** A 404 to a filter means that nothing matches, once the list itself is known to be there. */
  private async notFound(call: Call): Promise<SearchAnswer> {
    if (!this.missesAreNotFound) await this.ask(call, { startIndex: '1', count: '1' }, this.path);
    this.missesAreNotFound = true;
    return [];
  }
}
