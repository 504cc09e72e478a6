import type { Request, RequestHandler, Response } from 'express';
import { leaveAllGroups } from './resources.js';
import type { Store, Stored } from './store.js';

type Json = Record<string, unknown>;

/** A body that is sent in place of the app's own; a text is sent as it is. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One way in which real servers differ from the RFC. Whatever a quirk leaves out is as the RFC has it. */
interface Quirk {
  /** Changes the request, or answers it. */
  readonly request?: (request: Request, store: Store) => Answer | undefined;
  /** A user or a group as it is shown. */
  readonly shows?: (resource: Json, store: Store) => Json;
  /** A list as it is shown. */
  readonly lists?: (list: Json, request: Request) => Json | Answer;
}

interface Patch {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

const LATE_MS = 1_500;
const error = (status: number, scimType?: string): Answer => ({
  status,
  body: {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType && { scimType }),
  },
});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const isUser = ({ meta }: Json): boolean => (meta as Json | undefined)?.resourceType === 'User';
const usersOnly =
  (change: (user: Json) => Json) =>
  (resource: Json): Json =>
    isUser(resource) ? change(resource) : resource;
const activeAs = (spell: (active: boolean) => unknown): Quirk => ({
  shows: usersOnly((user) => ({ ...user, active: spell(user.active !== false) })),
});

const filterOf = ({ query }: Request): string => (typeof query.filter === 'string' ? query.filter : '');
const searches = (answer: (filter: string) => Answer | undefined): Quirk => ({
  request: (request) => (filterOf(request) === '' ? undefined : answer(filterOf(request))),
});
const operationsOf = (request: Request): readonly Patch[] =>
  (request.body as { Operations?: readonly Patch[] } | undefined)?.Operations ?? [];
const patches = (request: Request, resource: 'Users' | 'Groups'): boolean =>
  request.method === 'PATCH' && request.path.startsWith(`/${resource}/`);
const idIn = (request: Request): string => decodeURIComponent(request.path.split('/')[2] ?? '');
const without = (resource: 'Users' | 'Groups', isDropped: (patch: Patch) => boolean): Quirk => ({
  request: (request) => {
    if (!patches(request, resource)) return undefined;
    const left = operationsOf(request).filter((patch) => !isDropped(patch));
    if (left.length === 0) return { status: 204, body: undefined };
    (request.body as Json).Operations = left;
    return undefined;
  },
});
const cutMembers = (most: number): Quirk => ({
  shows: (resource) =>
    isUser(resource) ? resource : { ...resource, members: ((resource.members ?? []) as unknown[]).slice(0, most) },
});
const userNamed = (store: Store, request: Request): Stored | undefined =>
  request.method === 'POST' && request.path === '/Users'
    ? store.users.where('userName', String((request.body as Json).userName))?.[0]
    : undefined;
/** The app takes everybody for one whose addresses differ after a plus only. */
const bareNamed = (store: Store, request: Request): Stored | undefined => {
  const bare = (name: unknown): string => String(name).replace(/\+[^@]*/, '');
  return request.method === 'POST' && request.path === '/Users'
    ? store.users.all().find(({ userName }) => bare(userName) === bare((request.body as Json).userName))
    : undefined;
};
const lowered = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);
const mapStrings = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one: unknown) => mapStrings(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapStrings(one, change)]));
};

/** Ids that are numbers on the wire. */
class Numbers {
  private readonly numbers = new Map<string, number>();
  private readonly ids = new Map<string, string>();

  of(id: unknown): unknown {
    if (typeof id !== 'string') return id;
    const known = this.numbers.get(id) ?? this.numbers.size + 1;
    this.numbers.set(id, known);
    this.ids.set(String(known), id);
    return known;
  }

  back(text: string): string {
    return this.ids.get(text) ?? text;
  }
}
const numbers = new Numbers();

/** Each by its name, under which a test asks for it. */
export const QUIRKS: Readonly<Record<string, Quirk>> = {
  'active is a number': activeAs(Number),
  'active is a text': activeAs(String),
  'active is a text of a number': activeAs((active) => String(Number(active))),
  'active is a letter': activeAs((active) => (active ? 'Y' : 'N')),
  'active is a word': activeAs((active) => (active ? 'enabled' : 'blocked')),
  'active is an object': activeAs((value) => ({ value })),
  'active is a list': activeAs((active) => [active]),
  'active is always true': activeAs(() => true),
  'active is not shown': { shows: usersOnly(({ active: _, ...user }) => user) },
  'disabling is ignored': without('Users', ({ path, value }) => path === 'active' && value === false),
  'disabling is refused': {
    request: (request) =>
      patches(request, 'Users') && operationsOf(request).some(({ path, value }) => path === 'active' && value === false)
        ? error(403)
        : undefined,
  },
  'disabled users are hidden': {
    request: (request, store) =>
      request.method === 'GET' && store.users.get(idIn(request))?.active === false ? error(404) : undefined,
    lists: (list) => {
      const shown = ((list.Resources ?? []) as Json[]).filter(({ active }) => active !== false);
      return { ...list, Resources: shown, totalResults: shown.length };
    },
  },
  'disabled users are deleted': {
    request: (request, store) => {
      if (!patches(request, 'Users')) return undefined;
      if (!operationsOf(request).some(({ path, value }) => path === 'active' && value === false)) return undefined;
      leaveAllGroups(store, idIn(request));
      return store.users.remove(idIn(request)) ? { status: 204, body: undefined } : error(404);
    },
  },
  'ids are numbers': {
    request: (request) => {
      const [path = '', query] = request.url.split('?');
      const parts = path.split('/').map((part) => encodeURIComponent(numbers.back(decodeURIComponent(part))));
      request.url = parts.join('/') + (query === undefined ? '' : `?${query}`);
      request.body = mapStrings(request.body, (text) =>
        numbers.back(text).replace(/value eq "(\d+)"/g, (_, id: string) => `value eq "${numbers.back(id)}"`),
      ) as Json;
      const filter = filterOf(request).replace(
        /members\.value eq "(\d+)"/,
        (_, id: string) => `members.value eq "${numbers.back(id)}"`,
      );
      if (filter !== '') request.query.filter = filter;
      return undefined;
    },
    shows: (resource) => ({
      ...resource,
      id: numbers.of(resource.id),
      ...(Array.isArray(resource.members) && {
        members: (resource.members as Json[]).map((one) => ({ ...one, value: numbers.of(one.value) })),
      }),
    }),
  },
  'a search is answered 200 with an error': searches(() => ({ status: 200, body: { ok: false, error: 'fatal' } })),
  'a search is answered 200 with a web page': searches(() => ({ status: 200, body: '<html>maintenance</html>' })),
  'a search is answered 200 with nothing': searches(() => ({ status: 200, body: '' })),
  'a search is answered 200 with an empty object': searches(() => ({ status: 200, body: {} })),
  'a search is answered 200 with null': searches(() => ({ status: 200, body: null })),
  'a search is answered 200 with a list': searches(() => ({ status: 200, body: [] })),
  'a search is answered 200 with a text': searches(() => ({ status: 200, body: '"ok"' })),
  'a search is refused with 400': searches(() => error(400, 'invalidFilter')),
  'a search is refused with 403': searches(() => error(403)),
  'a search is refused with 404': searches(() => error(404)),
  'a search is refused with 500': searches(() => error(500)),
  'a search is refused with 501': searches(() => error(501)),
  'a search by our mark is refused': searches((filter) =>
    filter.startsWith('externalId') ? error(400, 'invalidFilter') : undefined,
  ),
  'a search that finds nothing is 404': {
    lists: (list, request) => (request.query.filtered !== undefined && list.totalResults === 0 ? error(404) : list),
  },
  'filters are ignored': {
    request: (request) => {
      delete request.query.filter;
      return undefined;
    },
  },
  'members are cut at 10': cutMembers(10),
  'members are cut at 100': cutMembers(100),
  'members are not shown': { shows: (resource) => (isUser(resource) ? resource : { ...resource, members: undefined }) },
  'member removals are ignored': without('Groups', ({ op }) => op.toLowerCase() === 'remove'),
  'member additions are ignored': without('Groups', ({ op }) => op.toLowerCase() === 'add'),
  'one member cannot be removed': {
    request: (request, store) => {
      if (!patches(request, 'Groups')) return undefined;
      const removed = operationsOf(request).filter(({ op }) => op.toLowerCase() === 'remove');
      const names = removed.map(({ path = '' }) => store.users.get(/"([^"]+)"/.exec(path)?.[1] ?? '')?.userName);
      return names.some((name) => String(name).startsWith('boss')) ? error(403, 'mutability') : undefined;
    },
  },
  'group changes are refused with 404': { request: (request) => (patches(request, 'Groups') ? error(404) : undefined) },
  'posts of known users rewrite them': {
    request: (request, store) => {
      const known = bareNamed(store, request);
      return (
        known && {
          status: 201,
          body: store.users.put({ ...known, externalId: (request.body as Json).externalId }, known.id),
        }
      );
    },
  },
  'posts of known users replace their values': {
    request: (request, store) => {
      const known = bareNamed(store, request);
      return known && { status: 201, body: store.users.put({ ...known, ...(request.body as Json) }, known.id) };
    },
  },
  'posts of known users answer 200': {
    request: (request, store) => {
      const known = userNamed(store, request);
      return known && { status: 200, body: known };
    },
  },
  'our mark is refused': {
    request: (request) =>
      patches(request, 'Users') && operationsOf(request).some(({ path }) => path === 'externalId')
        ? error(400, 'mutability')
        : undefined,
  },
  'reads come late': {
    request: (request, store) => {
      const created = (store.users.get(idIn(request))?.meta as { created?: string } | undefined)?.created;
      const isEarly = created !== undefined && Date.now() - Date.parse(created) < LATE_MS;
      return isEarly && request.path.startsWith('/Users/') ? error(404) : undefined;
    },
  },
  'names are kept in lower case': {
    request: (request) => {
      if (request.method === 'POST') (request.body as Json).userName = lowered((request.body as Json).userName);
      return undefined;
    },
    shows: usersOnly((user) => ({
      ...user,
      userName: lowered(user.userName),
      ...(Array.isArray(user.emails) && {
        emails: (user.emails as Json[]).map((one) => ({ ...one, value: lowered(one.value) })),
      }),
    })),
  },
  'values are padded': {
    shows: usersOnly((user) => ({ ...user, ...(user.title !== undefined && { title: `${textOf(user.title)}    ` }) })),
  },
  'texts are in another Unicode form': {
    shows: usersOnly((user) => ({
      ...user,
      ...(typeof user.title === 'string' && { title: user.title.normalize('NFD') }),
    })),
  },
  'e-mail types are lost': {
    shows: usersOnly((user) =>
      Array.isArray(user.emails)
        ? { ...user, emails: (user.emails as Json[]).map(({ type: _, ...one }) => one) }
        : user,
    ),
  },
  'e-mail types become other': {
    shows: usersOnly((user) =>
      Array.isArray(user.emails)
        ? { ...user, emails: (user.emails as Json[]).map((one) => ({ ...one, type: 'other' })) }
        : user,
    ),
  },
};

/** The quirks that are asked for, from now on. */
export class Peculiarities {
  private quirks: readonly Quirk[] = [];

  constructor(private readonly store: Store) {}

  set(names: readonly string[]): void {
    this.quirks = names.map((name) => {
      const quirk = QUIRKS[name];
      if (quirk === undefined) throw new Error(`There is no quirk "${name}"`);
      return quirk;
    });
  }

  readonly middleware: RequestHandler = (request, response, next) => {
    if (this.quirks.length === 0) return next();
    if (filterOf(request) !== '') request.query.filtered = 'yes';
    for (const quirk of this.quirks) {
      const answer = quirk.request?.(request, this.store);
      if (answer !== undefined) return send(response, this.shownIn(answer));
    }
    const json = response.json.bind(response);
    response.json = (body: unknown) => {
      const shown = this.shown(body as Json, request);
      if (!isAnswer(shown)) return json(shown);
      response.status(shown.status);
      return json(shown.body);
    };
    next();
  };

  private shownIn({ status, body }: Answer): Answer {
    const isResource = (value: unknown): value is Json =>
      typeof value === 'object' && value !== null && 'meta' in value;
    return { status, body: isResource(body) ? this.resource(body) : body };
  }

  private shown(body: Json, request: Request): Json | Answer {
    if (!Array.isArray(body.Resources) && body.totalResults === undefined) return this.resource(body);
    // Lists first: what is left out is decided by what is there, not by how it is shown.
    let list: Json | Answer = body;
    for (const { lists } of this.quirks) if (lists && !isAnswer(list)) list = lists(list, request);
    if (isAnswer(list)) return list;
    const resources = (list.Resources ?? []) as Json[];
    return { ...list, Resources: resources.map((resource) => this.resource(resource)) };
  }

  private resource(resource: Json): Json {
    let shown: Json = { ...resource };
    for (const { shows } of this.quirks) if (shows) shown = shows(shown, this.store);
    return shown;
  }
}

const isAnswer = (value: Json | Answer): value is Answer =>
  typeof (value as Answer).status === 'number' && 'body' in value;

function send(response: Response, { status, body }: Answer): void {
  response.status(status).type('application/scim+json');
  if (body === undefined) response.end();
  else response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
