import { ConnectorError } from '../errors.js';
import type { AccountChange, AccountKeys, Call, NewAccount, ObservedAccount, Page } from '../spi.js';
import { isObject, member, sameText, valueAt } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { equals } from './filter.js';
import { refusal } from './scim-client.js';
import type { ScimClient, ScimRequest } from './scim-client.js';
import { idOf, isEmpty, observedUser, pathOf, userBody, userPatch } from './user-body.js';

const PAGE_SIZE = 100;
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The body of a PATCH request. */
export function patchBody(operations: readonly unknown[]): Json {
  return { schemas: [PATCH_SCHEMA], Operations: operations };
}

/** `/Users` of one application. */
export class ScimUsers {
  constructor(
    private readonly client: ScimClient,
    private readonly attributes: readonly string[],
  ) {}

  async count(call: Call): Promise<number | undefined> {
    const query = { startIndex: '1', count: '1' };
    const body = await this.client.sendForBody(call, { operation: 'search', ...ofAll('GET'), query });
    const total = Number(member(body, 'totalResults'));
    return Number.isInteger(total) ? total : undefined;
  }

  async get(call: Call, id: string): Promise<ObservedAccount | null> {
    const resource = await this.resource(call, id);
    return resource && this.observed(resource);
  }

  async find(call: Call, { externalId, attributes, by = [] }: AccountKeys): Promise<readonly ObservedAccount[]> {
    const values = by.map((name) => [name, attributes[name]] as const);
    for (const [name, value] of [['externalId', externalId] as const, ...values]) {
      const found = typeof value === 'string' ? await this.search(call, name, value) : [];
      if (found.length > 0) return found;
    }
    return [];
  }

  async list(call: Call, cursor = '1'): Promise<Page<ObservedAccount>> {
    const request = { operation: 'search', ...ofAll('GET'), query: pageQuery(cursor) } as const;
    return pageIn(await this.client.sendForBody(call, request), cursor, (resource) => this.observed(resource));
  }

  async create(call: Call, account: NewAccount): Promise<ObservedAccount> {
    const request: ScimRequest = { operation: 'create', ...ofAll('POST'), body: userBody(account) };
    const answer = await this.client.send(call, request);
    // Created, but nobody says as what: it has to be looked up before anything else.
    if (!hasId(answer.body)) throw refusal(request, answer);
    return this.observed(answer.body);
  }

  async update(call: Call, id: string, change: AccountChange): Promise<ObservedAccount> {
    const answer = isEmpty(change) ? undefined : await this.patch(call, id, change);
    const resource = hasId(answer) ? answer : await this.resource(call, id);
    if (resource) return this.observed(resource);
    throw new ConnectorError('not_found', 'The user is gone', { httpStatus: 404 });
  }

  async delete(call: Call, id: string): Promise<void> {
    try {
      await this.client.send(call, { operation: 'delete', ...ofOne('DELETE', id) });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  // RFC 7644 §3.5.2.3: replacing within a value that is not there is `noTarget`, and nothing was done. Only then is
  // the user read, and the missing value added as a new one.
  private async patch(call: Call, id: string, change: AccountChange): Promise<unknown> {
    const request: ScimRequest = { operation: 'update', ...ofOne('PATCH', id), body: patchBody(userPatch(change)) };
    try {
      return (await this.client.send(call, request)).body;
    } catch (error) {
      const current = isNoTarget(error) ? await this.resource(call, id) : null;
      const operations = current ? userPatch(change, current) : [];
      if (operations.length === 0) throw error;
      return (await this.client.send(call, { ...request, body: patchBody(operations) })).body;
    }
  }

  private async resource(call: Call, id: string): Promise<Json | null> {
    try {
      return await this.client.sendForBody(call, { operation: 'read', ...ofOne('GET', id) });
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  private async search(call: Call, attribute: string, value: string): Promise<readonly ObservedAccount[]> {
    const query = { filter: equals(filterPath(attribute), value) };
    const template = `/Users?filter=${filterPath(attribute)} eq …`;
    const body = await this.client.sendForBody(call, { operation: 'search', ...ofAll('GET'), template, query });
    // An app that ignores the filter answers with everybody: only what really has the value counts.
    const isSame = (found: unknown) => (attribute === 'externalId' ? found === value : sameText(found, value));
    const path = pathOf(attribute);
    return resourcesIn(body)
      .filter((resource) => isSame(valueAt(resource, path)))
      .map((resource) => this.observed(resource));
  }

  private observed(resource: Json): ObservedAccount {
    return observedUser(resource, this.attributes);
  }
}

/** A value in a list is looked for by its sub-attribute: many services know no `emails[type eq "work"].value eq …`. */
const filterPath = (attribute: string): string => attribute.replace(/\[[^[\]]*\]/, '');

/** The resources of a list answer; an empty list may come without the key. */
export function resourcesIn(body: Json): readonly Json[] {
  const resources = member(body, 'Resources');
  return Array.isArray(resources) ? resources.filter(isObject) : [];
}

/** RFC 7644 §3.4.2.4: the page that begins at `cursor`. */
export const pageQuery = (cursor: string) => ({ startIndex: cursor, count: String(PAGE_SIZE) });

/** The page that a list answer is, and where the next one begins. */
export function pageIn<T>(body: Json, cursor: string, toItem: (resource: Json) => T): Page<T> {
  const resources = resourcesIn(body);
  // By what came, not by what was asked for: an app may give fewer per page than asked.
  const next = Number(cursor) + resources.length;
  const hasMore = resources.length > 0 && next <= Number(member(body, 'totalResults') ?? 0);
  return { items: resources.map(toItem), next: hasMore ? String(next) : undefined };
}

/** The app says that the object is not there. */
export function isGone(error: unknown): boolean {
  return error instanceof ConnectorError && error.errorClass === 'not_found';
}

/** The app says that a path of the PATCH points at nothing. */
export function isNoTarget(error: unknown): boolean {
  return error instanceof ConnectorError && error.detail.vendorCode?.toLowerCase() === 'notarget';
}

function hasId(body: unknown): body is Json {
  return idOf(body) !== undefined;
}

function ofAll(method: 'GET' | 'POST') {
  return { method, path: '/Users', template: '/Users' };
}

function ofOne(method: 'GET' | 'PATCH' | 'DELETE', id: string) {
  return { method, path: `/Users/${encodeURIComponent(id)}`, template: '/Users/{id}' };
}
