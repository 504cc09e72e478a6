import { sameValue } from '../compare-values.js';
import { ConnectorError } from '../errors.js';
import type { AccountChange, AccountKeys, AttributeValue, Call, NewAccount, ObservedAccount, Page } from '../spi.js';
import { valueAt } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { PageOrder, unreadable } from './list-answer.js';
import { refusal } from './scim-client.js';
import type { ScimClient, ScimRequest } from './scim-client.js';
import { ScimSearch } from './scim-search.js';
import { idOf, isAbout, isEmpty, observedUser, pathOf, userBody, userPatch } from './user-body.js';

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MARK = 'externalId';

type Matches = (resource: Json) => boolean;

/** The body of a PATCH request. */
export function patchBody(operations: readonly unknown[]): Json {
  return { schemas: [PATCH_SCHEMA], Operations: operations };
}

/** `/Users` of one application. */
export class ScimUsers {
  private readonly search: ScimSearch;
  private readonly pages = new PageOrder();

  constructor(
    private readonly client: ScimClient,
    private readonly attributes: readonly string[],
  ) {
    this.search = new ScimSearch(client, '/Users');
  }

  async count(call: Call): Promise<number | undefined> {
    const { total } = await this.search.ask(call, { startIndex: '1', count: '1' }, '/Users');
    return total;
  }

  async get(call: Call, id: string): Promise<ObservedAccount | null> {
    const resource = await this.resource(call, id);
    return resource && this.observed(resource);
  }

  /** A key that cannot be searched by says nothing: when no other one finds anybody, the whole list is read for it. */
  async find(call: Call, { externalId, attributes, by = [] }: AccountKeys): Promise<readonly ObservedAccount[]> {
    const keys = [[MARK, externalId] as const, ...by.map((name) => [name, attributes[name]] as const)];
    const unasked: Matches[] = [];
    let answered = false;
    let mark: Matches | undefined;
    for (const [name, value] of keys) {
      if (!isSearched(value)) continue;
      const matches = hasValue(name, value);
      const found = await this.search.by(call, filterPath(name), String(value), matches);
      if (found === 'refused' && name === MARK) mark = matches;
      else if (typeof found === 'string') unasked.push(matches);
      else if (found.length > 0) return found.map((resource) => this.observed(resource));
      else answered = true;
    }
    // An app that knows no marks is believed where another key tells that there is nobody.
    if (mark !== undefined && !answered) unasked.unshift(mark);
    return unasked.length === 0 ? [] : this.inList(call, unasked);
  }

  async list(call: Call, cursor = '1'): Promise<Page<ObservedAccount>> {
    const start = Number(cursor);
    const answer = await this.search.page(call, start);
    return this.pages.follow(answer, start, (resource) => this.observed(resource));
  }

  async create(call: Call, account: NewAccount): Promise<ObservedAccount> {
    const request: ScimRequest = { operation: 'create', ...ofAll('POST'), body: userBody(account) };
    const answer = await this.client.send(call, request);
    // Created, but nobody says as what: it has to be looked up before anything else.
    if (!hasId(answer.body)) throw refusal(request, answer);
    const made = this.observed(answer.body);
    const isMarked = made.externalId === account.externalId;
    // Some apps answer with a user who was there, and whose it is has to be asked as for any other.
    if (!isMarked && (answer.status === 200 || made.externalId !== undefined))
      throw new ConnectorError('conflict', 'The application answered with an account that was there before.', {
        httpStatus: answer.status,
      });
    return made;
  }

  async update(call: Call, id: string, change: AccountChange): Promise<ObservedAccount | null> {
    const answer = isEmpty(change) ? undefined : await this.patch(call, id, change);
    const resource = isAbout(answer, id) ? answer : await this.resource(call, id);
    if (resource) return this.observed(resource);
    if (isEmpty(change)) throw new ConnectorError('not_found', 'The user is gone', { httpStatus: 404 });
    return null;
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
      if (current === null) throw error;
      const operations = userPatch(change, current);
      // What was to be taken away, or is kept under another type, is as it was asked for.
      if (operations.length === 0) return current;
      return (await this.client.send(call, { ...request, body: patchBody(operations) })).body;
    }
  }

  private async resource(call: Call, id: string): Promise<Json | null> {
    let body: Json;
    try {
      body = await this.client.sendForBody(call, { operation: 'read', ...ofOne('GET', id) });
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
    if (!isAbout(body, id)) throw unreadable('GET /Users/{id}');
    return body;
  }

  private async inList(call: Call, keys: readonly Matches[]): Promise<readonly ObservedAccount[]> {
    const listed = await this.search.list(call, (resource) => keys.some((matches) => matches(resource)));
    const found = keys.map((matches) => listed.filter(matches)).find((some) => some.length > 0) ?? [];
    return found.map((resource) => this.observed(resource));
  }

  private observed(resource: Json): ObservedAccount {
    return observedUser(resource, this.attributes);
  }
}

/** A value in a list is looked for by its sub-attribute: many services know no `emails[type eq "work"].value eq …`. */
const filterPath = (attribute: string): string => attribute.replace(/\[[^[\]]*\]/, '');

const isSearched = (value: AttributeValue | undefined): value is string | number | boolean =>
  value !== undefined && value !== null && !Array.isArray(value);

/** Our mark is compared as it is, every other key as the application compares it. */
function hasValue(name: string, value: AttributeValue): Matches {
  const path = pathOf(name);
  return (resource) =>
    name === MARK
      ? String(valueAt(resource, path)) === value
      : sameValue(valueAt(resource, path), value, { caseless: true });
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
