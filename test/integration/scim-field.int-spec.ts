import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client, type Answer } from '../support/client.js';
import { ScimClient, USER, type ResourceList } from '../support/scim-client.js';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const ADSCIM = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
const FLAG = '?aadOptscim062020';

/** One request of a transcript; `@ada`, `@ben`, `@sales` stand for the ids of what is there before. */
interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly says?: unknown;
}
const get = (path: string, says: unknown, status = 200): Step => ({ method: 'GET', path, status, says });
const post = (path: string, body: unknown, status = 201, says: unknown = {}): Step => ({
  method: 'POST',
  path,
  body,
  status,
  says,
});
const put = (path: string, body: unknown, says: unknown = {}, status = 200): Step => ({
  method: 'PUT',
  path,
  body,
  status,
  says,
});
const patch = (path: string, operations: object[], status: number, says?: unknown): Step => ({
  ...{ method: 'PATCH', path, body: { schemas: [PATCH], Operations: operations }, status, says },
});
const filtered = (path: string, filter: string): string => `${path}?filter=${encodeURIComponent(filter)}`;
const found = (...userNames: string[]): object => ({
  totalResults: userNames.length,
  Resources: userNames.map((userName) => expect.objectContaining({ userName })),
});
const membersAre = (...values: string[]): Step =>
  get(
    '/Groups/@sales',
    values.length === 0
      ? expect.not.objectContaining({ members: expect.anything() })
      : { members: values.map((value) => ({ value })) },
  );
const none = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, undefined]));
const user = (userName: string, more: object = {}): object => ({ schemas: [USER], userName, ...more });
const group = (displayName: string, more: object = {}): object => ({ schemas: [GROUP], displayName, ...more });

const TRANSCRIPTS: readonly (readonly [string, ...Step[]])[] = [
  [
    'Entra: active as a text and a manager as a bare text, on create too (SCIMReferenceCode #21)',
    post('/Users', user('x', { active: 'False', roles: [], [ENTERPRISE]: { manager: '@ben' } }), 201, {
      active: false,
      [ENTERPRISE]: { manager: { value: '@ben' } },
    }),
  ],
  [
    'Entra: the flag of its tenant URL on every route',
    post(`/Users${FLAG}`, user('x')),
    patch(`/Users/@ada${FLAG}`, [{ op: 'replace', path: 'active', value: false }], 200, { active: false }),
    get(`/ServiceProviderConfig${FLAG}`, {}),
  ],
  [
    'Entra: a test connection asks for a user and a group that there are not',
    get(filtered('/Users', 'userName eq "8f2b"'), { totalResults: 0, Resources: [] }),
    get(filtered('/Groups', 'displayName eq "8f2b"') + '&excludedAttributes=members', { totalResults: 0 }),
  ],
  [
    'Entra: a group of two schemas and without members, whose name is unique',
    post('/Groups', group('New', { schemas: [GROUP, ADSCIM], externalId: 'g-1' }), 201, {
      displayName: 'New',
      externalId: 'g-1',
    }),
    post('/Groups', group('new'), 409, { scimType: 'uniqueness' }),
  ],
  [
    'Entra: members added with a $ref that is null, and taken out by a list (ssoready #182)',
    patch('/Groups/@sales', [{ op: 'Add', path: 'members', value: [{ $ref: null, value: '@ben' }] }], 204),
    membersAre('@ada', '@ben'),
    patch('/Groups/@sales', [{ op: 'Remove', path: 'members', value: [{ $ref: null, value: '@ada' }] }], 204),
    membersAre('@ben'),
  ],
  [
    'Entra: a member taken out by filter',
    patch(`/Groups/@sales${FLAG}`, [{ op: 'remove', path: 'members[value eq "@ada"]' }], 204),
    membersAre(),
  ],
  [
    'Entra: members that are not asked for',
    get('/Groups/@sales?excludedAttributes=members', expect.not.objectContaining({ members: expect.anything() })),
  ],
  [
    'Entra: a user who was switched off is still there',
    patch('/Users/@ada', [{ op: 'Replace', path: 'active', value: 'False' }], 200),
    get('/Users/@ada', { active: false }),
    get(filtered('/Users', 'userName eq "ada"'), found('ada')),
  ],
  [
    'Entra: one address twice in one PATCH',
    patch(
      '/Users/@ada',
      ['a@example.com', 'b@example.com'].map((value) => ({ op: 'Add', path: 'emails[type eq "work"].value', value })),
      200,
      { emails: [{ type: 'work', value: 'b@example.com' }] },
    ),
  ],
  [
    'Entra: its only filters are eq and and',
    get(filtered('/Users', 'userName eq "ada" and active eq "True"'), found('ada')),
    get(filtered('/Users', 'externalId eq "e-ada"'), found('ada')),
  ],
  [
    'Entra: the validator’s empty list of operations (scimmy #59)',
    patch('/Users/@ada', [], 200, { userName: 'ada' }),
    patch('/Groups/@sales', [], 204),
  ],
  [
    'Okta: its content type, with and without charset',
    { ...post('/Users', user('x')), headers: { 'content-type': 'application/scim+json; charset=utf-8' } },
    { ...post('/Users', user('y')), headers: { 'content-type': 'application/json' } },
  ],
  [
    'Okta: a rename with each push of members, which touches none (langwatch #7131)',
    patch('/Groups/@sales', [{ op: 'replace', value: { id: '@sales', displayName: 'Selling' } }], 204),
    membersAre('@ada'),
  ],
  [
    'Okta: an empty group pushed now (SCIM-SDK #757, scimgateway #113)',
    patch('/Groups/@sales', [{ op: 'replace', value: { members: [], id: '@sales', displayName: 'Sales' } }], 204),
    membersAre(),
  ],
  [
    'Okta: members out by filter and in with display, without type (SCIM-SDK #419)',
    patch(
      '/Groups/@sales',
      [
        { op: 'remove', path: 'members[value eq "@ada"]' },
        { op: 'add', path: 'members', value: [{ value: '@ben', display: 'Ben' }] },
      ],
      204,
    ),
    get('/Groups/@sales', { members: [{ value: '@ben', display: 'Ben', type: 'User' }] }),
  ],
  [
    'Okta: members only in POST and PUT (bitwarden #2919, polis #3136)',
    post('/Groups', group('New', { members: [{ value: '@ada', display: 'Ada' }] }), 201, {
      members: [{ value: '@ada' }],
    }),
    put('/Groups/@sales', { ...group('Sales', { members: [{ value: '@ben' }] }), id: '@sales', meta: {} }),
    membersAre('@ben'),
  ],
  [
    'Okta: a password is taken and never shown',
    post(
      '/Users',
      user('x', { password: 'tops-ecret' }),
      201,
      expect.not.objectContaining({ password: expect.anything() }),
    ),
    get(filtered('/Users', 'password pr'), { scimType: 'invalidFilter' }, 400),
  ],
  [
    'Okta: a PUT with all that it read',
    put('/Users/@ada', user('ada', { id: '@ada', groups: [], meta: { resourceType: 'User' }, externalId: 'e-ada' }), {
      userName: 'ada',
    }),
    membersAre('@ada'),
  ],
  [
    'Okta: a user by a name that nobody has, and one that is missing',
    get('/Users/nobody', { status: '404', detail: expect.any(String) }, 404),
    get(filtered('/Users', 'userName eq "nobody@example.com"') + '&startIndex=1&count=100', {
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
    }),
  ],
  [
    'OneLogin: the URNs of SCIM 1.x, a "?" too many, and no User-Agent',
    {
      ...put(
        '/Users/@ada?',
        user('ada', {
          schemas: ['urn:scim:schemas:core:1.0', 'urn:scim:schemas:extension:enterprise:1.0'],
          title: 'CEO',
        }),
        { title: 'CEO', schemas: expect.arrayContaining([USER]) },
      ),
      headers: { 'user-agent': '' },
    },
  ],
  [
    'Rippling: who is known by externalId, a group edited by PUT, and the primary address',
    get(filtered('/Users', 'externalId eq "e-ada"'), found('ada')),
    put('/Groups/@sales', group('Sales', { members: [] })),
    membersAre(),
    patch('/Users/@ada', [{ op: 'replace', value: { emails: [{ value: 'a@example.com', primary: true }] } }], 200),
    get(filtered('/Users', 'emails[primary eq true].value eq "a@example.com"'), found('ada')),
  ],
  [
    'JumpCloud: a test group is made and deleted',
    post('/Groups', group('Test')),
    { method: 'DELETE', path: '/Groups/@sales', status: 204 },
    get('/Groups/@sales', { status: '404' }, 404),
  ],
  [
    'PingOne: two primary addresses on create',
    post(
      '/Users',
      user('x', {
        emails: [
          { value: 'a@example.com', type: 'work', primary: true },
          { value: 'b@example.com', type: 'home', primary: true },
        ],
      }),
      201,
      { emails: [{ primary: true }, { primary: false }] },
    ),
  ],
  [
    'Google: a name from the first page on',
    get(filtered('/Users', 'userName eq "ada"') + '&startIndex=1', found('ada')),
  ],
  [
    'a member that there is not (keycloak-scim-server #107, Yuzu #2135)',
    post('/Groups', group('New', { members: [{ value: 'nobody' }] }), 400, { scimType: 'invalidValue' }),
    patch(
      '/Groups/@sales',
      [{ op: 'replace', path: 'members', value: [{ value: '01900000-0000-7000-8000-000000000000' }] }],
      400,
    ),
    membersAre('@ada'),
  ],
  [
    'a user without a name, schemas of something else, and none at all',
    post('/Users', { schemas: [USER] }, 400, { scimType: 'invalidValue' }),
    post('/Users', user('x', { schemas: [GROUP] }), 400),
    post('/Users', { userName: 'x' }, 400),
    post('/Users', user('x', { schemas: [] }), 400),
  ],
  [
    'a time zone that there is not is kept, and believed by nobody',
    post('/Users', user('x', { timezone: 'Mars' }), 201, { timezone: 'Mars' }),
  ],
  [
    'an operation without a value, and a question that was asked twice',
    patch('/Users/@ada', [{ op: 'add', path: 'title' }], 400, { scimType: 'invalidSyntax' }),
    get('/Users?filter=id%20pr&filter=x', { scimType: 'invalidFilter' }, 400),
  ],
  [
    'another media type, no UTF-8, and what cannot be done here',
    { ...post('/Users', 'userName=x', 415), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    post('/Users', Buffer.from([0x7b, 0xff, 0x7d]), 400),
    put('/Users', user('x'), { status: '405' }, 405),
    post('/Schemas', {}, 405),
    get('/Nothing', { status: '404' }, 404),
  ],
  [
    'names in any case (RFC 7643 §2.1)',
    post(
      '/Users',
      { SCHEMAS: [USER], USERNAME: 'x', NAME: { GIVENNAME: 'X' }, EMAILS: [{ VALUE: 'x@example.com', Primary: true }] },
      201,
      { userName: 'x', name: { givenName: 'X' }, emails: [{ value: 'x@example.com', primary: true }] },
    ),
    get('/Users/@ada?attributes=USERNAME,NAME.GIVENNAME', { userName: 'ada', name: { givenName: 'Ada' } }),
    get(filtered('/Users', 'USERNAME EQ "ADA"'), found('ada')),
  ],
  [
    'what is unassigned: null, and an empty list (§2.5)',
    post('/Users', user('x', { nickName: null, emails: [], roles: [] }), 201, none('nickName', 'emails', 'roles')),
    get(filtered('/Users', 'nickName pr or roles pr'), found()),
    put('/Users/@ada', user('ada', { externalId: null, name: null }), none('externalId', 'name')),
    patch('/Users/@ada', [{ op: 'replace', value: { emails: null } }], 200, none('emails')),
  ],
  [
    'suggestions are no closed list, values have types, and no value is there twice (§2.3, §2.4, §7)',
    post(
      '/Users',
      user('x', {
        emails: [
          { value: 'a@example.com', type: 'holiday' },
          { value: 'a@example.com', type: 'holiday' },
        ],
      }),
      201,
      { emails: [{ value: 'a@example.com', type: 'holiday' }] },
    ),
    post('/Users', user('y', { x509Certificates: [{ value: '***' }] }), 400, { scimType: 'invalidValue' }),
    post('/Users', user('y', { profileUrl: 7 }), 400, { scimType: 'invalidValue' }),
  ],
  [
    'what only the server writes is ignored (§2.2, §3.1, §4.1.2)',
    post(
      '/Users',
      user('x', {
        id: 'bulkId:1',
        groups: [{ value: '@sales' }],
        meta: { created: 'x' },
        [ENTERPRISE]: { manager: { value: '@ben', displayName: 'B' } },
      }),
      201,
      {
        ...none('groups'),
        id: expect.not.stringContaining('bulkId'),
        [ENTERPRISE]: { manager: expect.not.objectContaining({ displayName: 'B' }) },
      },
    ),
  ],
  [
    'answers have what was asked for, whatever was done (RFC 7644 §3.9)',
    post('/Users?attributes=userName', user('x', { title: 'y' }), 201, none('title', 'meta', 'active')),
    put('/Users/@ada?excludedAttributes=meta', user('ada', { title: 'y' }), { ...none('meta'), title: 'y' }),
    patch('/Users/@ada?attributes=title', [{ op: 'add', path: 'title', value: 'z' }], 200, {
      ...none('userName'),
      title: 'z',
    }),
    patch('/Groups/@sales?attributes=displayName', [{ op: 'replace', path: 'displayName', value: 'S' }], 200, {
      ...none('members'),
      displayName: 'S',
    }),
  ],
  [
    'another version than the client knew (§3.14)',
    ...(['PUT', 'PATCH', 'DELETE'] as const).map((method): Step => ({
      method,
      path: '/Users/@ada',
      headers: { 'if-match': 'W/"99"' },
      ...(method !== 'DELETE' && { body: method === 'PUT' ? user('ada') : { schemas: [PATCH], Operations: [] } }),
      status: 412,
    })),
    { ...patch('/Groups/@sales', [], 412), headers: { 'if-match': 'W/"99"' } },
    { ...get('/Users/@ada', {}, 304), headers: { 'if-none-match': '*' } },
    { ...put('/Users/@ada', user('ada')), headers: { 'if-match': '*' } },
  ],
  [
    'media types and character sets as some clients name them',
    ...['text/json', 'application/json; charset=utf8', 'application/scim+json;charset="UTF8"'].map((type, nth) => ({
      ...post('/Users', user(`m${nth}`), 201, { userName: `m${nth}` }),
      headers: { 'content-type': type },
    })),
    { ...post('/Users', user('y'), 415), headers: { 'content-type': 'text/plain' } },
  ],
  [
    'a body of a deletion, which means nothing',
    { method: 'DELETE', path: '/Users/@ben', body: null, status: 204 },
    { method: 'DELETE', path: '/Groups/@sales', body: '', status: 204 },
    get('/Users/@ben', {}, 404),
  ],
  [
    'active is the server’s default, and can be taken away',
    post('/Users', user('x'), 201, { active: true }),
    patch('/Users/@ada', [{ op: 'remove', path: 'active' }], 200, none('active')),
    get(filtered('/Users', 'active eq true'), found('ben', 'x')),
    put('/Users/@ada', user('ada'), none('active')),
    patch('/Users/@ada', [{ op: 'add', path: 'active', value: 'True' }], 200, { active: true }),
    put('/Users/@ada', user('ada'), { active: true }),
  ],
  [
    'another version of the protocol (§3.13)',
    get('/../v1/Users', { scimType: 'invalidVers' }, 400),
    get('/../v3', { scimType: 'invalidVers' }, 400),
  ],
  [
    'Microsoft’s reference tests: one externalId for all, an address that is none, values chosen in attributes, and a dot behind a URN',
    post(
      '/Users',
      user('x', {
        externalId: 'e-ada',
        emails: [
          { Primary: true, type: 'work', value: 'emailName357' },
          { Primary: false, type: 'home', value: 'x@example.com' },
        ],
      }),
      201,
      { externalId: 'e-ada' },
    ),
    get('/Users?attributes=' + encodeURIComponent('emails[type eq "work"]'), {
      totalResults: 3,
      Resources: [
        { emails: [{ type: 'work' }] },
        none('emails'),
        { emails: [{ value: 'emailName357' }, { type: 'home' }] },
      ],
    }),
    post('/Groups', group('A', { externalId: 'g' })),
    patch(
      '/Groups/@sales',
      [{ name: 'addMember', op: 'add', path: 'members', value: [{ displayName: 'Ben', value: '@ben' }] }],
      204,
    ),
    get('/Groups/@sales', { members: [{}, { display: 'Ben' }] }),
    post('/Groups', group('B', { externalId: 'g' })),
    patch('/Users/@ada', [{ op: 'replace', path: `${ENTERPRISE}.manager`, value: '@ben' }], 200, {
      [ENTERPRISE]: { manager: { value: '@ben' } },
    }),
    get(filtered('/Users', 'userName sw a'), found('ada')),
    get(filtered('/Users', 'meta.Created gt 2015-10-10T14:38:21.8617979-07:00'), { totalResults: 3 }),
  ],
  [
    'core attributes under their URN, and an extension that names itself',
    post('/Users', { schemas: [USER], [USER]: { userName: 'x', title: 'y' } }, 201, { userName: 'x', title: 'y' }),
    patch('/Users/@ada', [{ op: 'add', path: ENTERPRISE, value: { schemas: [ENTERPRISE], department: 'D' } }], 200, {
      [ENTERPRISE]: { department: 'D' },
    }),
  ],
  [
    'filters that have no meaning (§3.4.2.2)',
    ...[
      'active gt true',
      'x509Certificates.value gt "a"',
      'name eq "a"',
      'meta.created eq "yesterday"',
      'shoeSize pr',
      'emails[shoeSize pr]',
      'emails[type eq "work"',
      'userName eq "a" and',
      'userName xx "a"',
      'emails[value[type pr]]',
    ].map((filter) => get(filtered('/Users', filter), { scimType: 'invalidFilter' }, 400)),
  ],
  [
    'filters of every kind (RFC 7644 §3.4.2.2)',
    ...[
      'name pr',
      'emails co "@"',
      `schemas eq "${USER}"`,
      'meta.resourceType eq "User"',
      'meta pr and id pr',
      'name[givenName sw "a"]',
      `${USER}:userName eq "ADA"`,
      'meta.lastModified gt "2011-05-13T04:42:34Z"',
      'not (userName eq "ben")',
      'groups.display eq "sales"',
      'userName ne "ben" and (title eq "x" or title eq null)',
    ].map((filter) => get(filtered('/Users', `(${filter}) and userName eq "ada"`), found('ada'))),
  ],
];

describe('what was seen in the field', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let scim: ScimClient;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    scim = await ScimClient.connect(api.url, tenant.api);
  });

  async function stage(of: ScimClient): Promise<Readonly<Record<string, string>>> {
    const ada = await of.user('ada', {
      ...{ externalId: 'e-ada', name: { givenName: 'Ada' } },
      emails: [{ value: 'ada@example.com', type: 'work' }],
    });
    const ben = await of.user('ben');
    return { '@ada': ada, '@ben': ben, '@sales': await of.group('Sales', [ada]) };
  }
  const withIds = <T>(value: T, ids: Readonly<Record<string, string>>): T => {
    if (typeof value === 'string') return value.replace(/@(ada|ben|sales)\b(?!\.)/g, (name) => ids[name] ?? name) as T;
    if (Array.isArray(value)) return value.map((one: unknown) => withIds(one, ids)) as T;
    const isPlain = value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
    return isPlain
      ? (Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withIds(one as unknown, ids)])) as T)
      : value;
  };

  async function ask(client: ScimClient, { method, path, body, headers = {} }: Step): Promise<Answer<unknown>> {
    const response = await fetch(new URL(`/scim/v2${path}`, api.url), {
      method,
      headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/scim+json', ...headers },
      ...(body !== undefined && {
        body: typeof body === 'string' || Buffer.isBuffer(body) ? (body as string) : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? {} : (JSON.parse(text) as unknown),
    };
  }

  it.each(TRANSCRIPTS)('%s', async (_, ...steps) => {
    const ids = await stage(scim);
    for (const step of withIds(steps, ids)) {
      const { status, text, body } = await ask(scim, step);
      expect([step.method, step.path, status, text]).toEqual([step.method, step.path, step.status, expect.any(String)]);
      expect(body).toEqual(matching(step.says ?? {}));
      if (status >= 400) expect(body).toMatchObject({ status: String(status), detail: expect.any(String) });
    }
  });

  /** Objects need no more than what is named, and not what is named as undefined; lists are as long as they are. */
  const matching = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(matching);
    const isPlain = value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
    if (!isPlain) return value;
    const entries = Object.entries(value).map(([name, one]): [string, unknown] => [name, matching(one)]);
    const named = expect.objectContaining(Object.fromEntries(entries.filter(([, one]) => one !== undefined)));
    const absent = entries.flatMap(([name, one]) => (one === undefined ? [name] : []));
    if (absent.length === 0) return named;
    return {
      absent,
      named,
      asymmetricMatch: (other: object) => named.asymmetricMatch(other) && !absent.some((name) => name in other),
    };
  };

  it.each([
    ['another source of the tenant', (): Promise<ScimClient> => ScimClient.connect(api.url, tenant.api, 'Other')],
    ['another tenant', async (): Promise<ScimClient> => ScimClient.connect(api.url, (await api.tenant()).api)],
  ])('is neither seen nor changed by %s, on any route', async (_, connect) => {
    const ids = await stage(scim);
    const other = await connect();
    const before = [
      await scim.read('/Users/@ada'.replace('@ada', ids['@ada'] ?? '')),
      await scim.read(`/Groups/${ids['@sales'] ?? ''}`),
    ];
    const title = [{ op: 'add', path: 'title', value: 'x' }];
    const refused: Step[] = [
      get('/Users/@ada', {}, 404),
      put('/Users/@ada', user('ada'), {}, 404),
      patch('/Users/@ada', title, 404),
      { method: 'DELETE', path: '/Users/@ada', status: 404 },
      get('/Groups/@sales', {}, 404),
      put('/Groups/@sales', group('Sales'), {}, 404),
      patch('/Groups/@sales', [], 404),
      { method: 'DELETE', path: '/Groups/@sales', status: 404 },
      post('/Groups', group('Theirs', { members: [{ value: '@ada' }] }), 400),
      get('/Me', {}, 501),
      ...[
        '/Users',
        '/Groups',
        '',
        '/Users?cursor=',
        filtered('/Users', 'userName eq "ada"'),
        filtered('/Groups', 'members.value eq "@ada"'),
      ].map((path) => get(path, { totalResults: 0, Resources: [] })),
      ...['/.search', '/Users/.search', '/Groups/.search'].map((path) =>
        post(path, { schemas: [SEARCH], filter: 'id pr' }, 200, { totalResults: 0 }),
      ),
      post(
        '/Bulk',
        {
          schemas: [BULK],
          Operations: [
            { method: 'PATCH', path: '/Users/@ada', data: { schemas: [PATCH], Operations: title } },
            { method: 'PUT', path: '/Users/@ada', data: user('ada') },
            { method: 'DELETE', path: '/Groups/@sales' },
            { method: 'DELETE', path: '/Users/@ada' },
          ],
        },
        200,
        { Operations: Array(4).fill({ status: '404' }) as object[] },
      ),
      // tale #2116: the same address is no way to somebody else's record.
      post('/Users', user('ada', { emails: [{ value: 'ada@example.com' }] }), 201),
    ];
    for (const step of withIds(refused, ids)) {
      const { status, text, body } = await ask(other, step);
      expect([step.method, step.path, status, text]).toEqual([step.method, step.path, step.status, expect.any(String)]);
      expect(body).toEqual(matching(step.says ?? {}));
    }
    const after = [await scim.read(`/Users/${ids['@ada'] ?? ''}`), await scim.read(`/Groups/${ids['@sales'] ?? ''}`)];
    expect(after).toEqual(before);
  });

  it('is the user’s own at /Me, and nobody else’s', async () => {
    const ids = await stage(scim);
    const { token } = await tenant.api.made<{ token: string }>(`/api/v1/sources/${scim.sourceId}/tokens`, {
      name: 'ada',
      userId: ids['@ada'],
    });
    const me = new Client(api.url, { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' });
    const change = { schemas: [PATCH], Operations: [{ op: 'add', path: 'title', value: 'CEO' }] };
    expect(await me.patch('/scim/v2/Me', JSON.stringify(change))).toMatchObject({
      status: 200,
      body: { userName: 'ada', title: 'CEO' },
    });
    expect((await scim.read(`/Users/${ids['@ben'] ?? ''}`)).title).toBeUndefined();
    expect((await me.put('/scim/v2/Me', JSON.stringify(user('ada')))).status).toBe(200);
    expect((await me.delete('/scim/v2/Me')).status).toBe(204);
    expect((await me.get('/scim/v2/Me')).status).toBe(404);
    expect((await scim.read<ResourceList>('/Users')).totalResults).toBe(1);
  });
});
