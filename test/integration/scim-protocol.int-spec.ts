import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { HrSystem } from '../support/hr.js';
import { ScimClient, USER, type Resource, type ResourceList } from '../support/scim-client.js';

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

interface BulkAnswer {
  readonly Operations: readonly {
    readonly status: string;
    readonly location?: string;
    readonly version?: string;
    readonly bulkId?: string;
    readonly response?: { readonly scimType?: string };
  }[];
}

describe('the SCIM protocol', () => {
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

  const people = (): Promise<Record<string, unknown>[]> => tenant.api.all('/api/v1/identities');
  const names = (list: ResourceList): unknown[] => list.Resources.map(({ userName }) => userName);

  it('describes itself by the schemas that it validates with', async () => {
    expect(await scim.read('/ServiceProviderConfig')).toMatchObject({
      patch: { supported: true },
      bulk: { supported: true },
      etag: { supported: true },
      pagination: { cursor: true, defaultPaginationMethod: 'index' },
    });
    const types = await scim.read<ResourceList>('/ResourceTypes');
    expect(types.Resources.map(({ id }) => id)).toEqual(['User', 'Group']);
    expect(await scim.read('/ResourceTypes/User')).toMatchObject({
      endpoint: '/Users',
      schemaExtensions: [{ schema: ENTERPRISE, required: false }],
    });
    const { Resources } = await scim.read<ResourceList>('/Schemas');
    for (const { id } of Resources)
      expect(await scim.read(`/Schemas/${id}`)).toMatchObject({ id, attributes: expect.any(Array) });
    // P6: discovery itself has schemas, and answers what they say.
    const core = 'urn:ietf:params:scim:schemas:core:2.0:';
    for (const [name, path] of [
      ['ServiceProviderConfig', '/ServiceProviderConfig'],
      ['ResourceType', '/ResourceTypes/User'],
      ['Schema', `/Schemas/${ENTERPRISE}`],
    ] as const) {
      const schema = Resources.find(({ id }) => id === `${core}${name}`) as unknown as {
        readonly attributes: readonly { readonly name: string; readonly required: boolean }[];
      };
      const { schemas, meta: _, ...shown } = await scim.read<Record<string, unknown>>(path);
      expect(schemas).toEqual([`${core}${name}`]);
      const names = schema.attributes.map((one) => one.name);
      expect(Object.keys(shown).filter((key) => !names.includes(key))).toEqual([]);
      const lacking = schema.attributes.filter((one) => one.required && shown[one.name] === undefined);
      expect(lacking).toEqual([]);
    }
    for (const path of ['/Schemas/none', '/ResourceTypes/none']) expect((await scim.get(path)).status).toBe(404);
    for (const path of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig'])
      expect((await scim.get(`${path}?filter=id%20pr`)).status).toBe(403);
  });

  it('has weak entity tags, and holds to them', async () => {
    const id = await scim.user('ada');
    const first = await scim.get(`/Users/${id}`);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toBe(first.body.meta.version);
    expect((await scim.get(`/Users/${id}`, { 'if-none-match': etag })).status).toBe(304);
    const put = (version: string): Promise<{ status: number }> =>
      scim.call
        .post(`/scim/v2/Bulk`, {
          schemas: [BULK],
          Operations: [
            {
              method: 'PUT',
              path: `/Users/${id}`,
              version,
              data: { schemas: [USER], userName: 'ada', title: version },
            },
          ],
        })
        .then(({ body }) => ({ status: Number((body as unknown as BulkAnswer).Operations[0]?.status) }));
    expect((await put(etag)).status).toBe(200);
    expect((await put(etag)).status).toBe(412);
    expect((await put('*')).status).toBe(200);
    expect((await scim.get(`/Users/${id}`, { 'if-none-match': etag })).status).toBe(200);
  });

  it.each<[string, string, object]>([
    [
      'attributes',
      'attributes=userName,name.givenName',
      { schemas: [USER], id: expect.any(String), userName: 'ada', name: { givenName: 'Ada' } },
    ],
    [
      'attributes by URN',
      `attributes=${ENTERPRISE}:department`,
      { schemas: [USER, ENTERPRISE], id: expect.any(String), [ENTERPRISE]: { department: 'Sales' } },
    ],
    [
      'excludedAttributes',
      `excludedAttributes=meta,name.familyName,emails,${ENTERPRISE},id`,
      {
        schemas: [USER, ENTERPRISE],
        id: expect.any(String),
        userName: 'ada',
        active: true,
        name: { givenName: 'Ada' },
      },
    ],
  ])('gives what is asked for: %s', async (what, query, expected) => {
    const id = await scim.user('ada', {
      name: { givenName: 'Ada', familyName: 'King' },
      emails: [{ value: 'a@example.com' }],
      ...(what !== 'attributes' && { [ENTERPRISE]: { department: 'Sales' } }),
    });
    expect(await scim.read(`/Users/${id}?${query}`)).toEqual(expected);
  });

  it('pages by index, in a stable order, and takes strange numbers', async () => {
    for (const name of ['c', 'a', 'b']) await scim.user(name);
    const page = async (query: string): Promise<unknown[]> => {
      const list = await scim.read<ResourceList>(`/Users?${query}`);
      return [list.totalResults, list.startIndex, list.itemsPerPage, ...names(list)];
    };
    expect(await page('startIndex=2&count=1')).toEqual([3, 2, 1, 'a']);
    expect(await page('startIndex=0&count=-1')).toEqual([3, 1, 0]);
    expect(await page('startIndex=9')).toEqual([3, 9, 0]);
    expect(await page('sortBy=userName&sortOrder=descending')).toEqual([3, 1, 3, 'c', 'b', 'a']);
    expect(await page('sortBy=userName&startIndex=3')).toEqual([3, 3, 1, 'c']);
    expect((await scim.get('/Users?sortBy=shoeSize')).status).toBe(400);
  });

  it.each(['', '&sortBy=title', '&sortBy=title&sortOrder=descending', '&sortBy=emails', '&sortBy=meta.created'])(
    'pages by cursor (RFC 9865): %s',
    async (more) => {
      for (const [name, title] of [
        ['a', 'x'],
        ['b', undefined],
        ['c', 'x'],
        ['d', 'w'],
      ])
        await scim.user(name ?? '', { title });
      const whole = await scim.read<ResourceList>(`/Users?count=10${more}`);
      const seen: unknown[] = [];
      let cursor: string | undefined = '';
      while (cursor !== undefined) {
        const page: ResourceList = await scim.read<ResourceList>(`/Users?count=1${more}&cursor=${cursor}`);
        seen.push(...names(page));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(names(whole));
    },
  );

  it.each<[string, string]>([
    ['cursor=x.y', 'invalidCursor'],
    ['cursor=nonsense', 'invalidCursor'],
    ['cursor=&count=0', 'invalidCount'],
  ])('refuses a cursor that is none: %s', async (query, scimType) => {
    expect(await scim.get(`/Users?${query}`)).toMatchObject({ status: 400, body: { scimType } });
  });

  it('takes a cursor from nobody else, and for no other question', async () => {
    for (const name of ['a', 'b']) await scim.user(name);
    const { nextCursor = '' } = await scim.read<ResourceList>('/Users?count=1&cursor=');
    const other = await ScimClient.connect(api.url, tenant.api);
    for (const ask of [
      other.get(`/Users?count=1&cursor=${nextCursor}`),
      scim.get(`/Users?count=1&cursor=${nextCursor}&sortBy=userName`),
    ])
      expect(await ask).toMatchObject({ status: 400, body: { scimType: 'invalidCursor' } });
  });

  it('searches by POST, per type and over all', async () => {
    await scim.group('Sales', [await scim.user('ada')]);
    const search = async (path: string, body: object): Promise<ResourceList> =>
      (await scim.post<ResourceList>(path, body)).body;
    expect(
      names(
        await search('/Users/.search', { schemas: [SEARCH], filter: 'userName eq "ADA"', attributes: ['userName'] }),
      ),
    ).toEqual(['ada']);
    expect((await search('/.search', { schemas: [SEARCH], filter: 'displayName eq "sales"' })).Resources).toMatchObject(
      [{ displayName: 'Sales' }],
    );
    expect((await search('/.search', { schemas: [SEARCH], count: 1 })).totalResults).toBe(2);
    expect((await scim.read<ResourceList>('?filter=meta.resourceType%20eq%20%22Group%22')).totalResults).toBe(1);
  });

  it('answers one 201 and 39 times 409 to forty creates of one userName at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => scim.post('/Users', { schemas: [USER], userName: 'ada' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(39).fill(409)]);
    expect(await people()).toHaveLength(1);
  });

  it('leaves it to the client whether an externalId is one user’s alone (RFC 7643 §3.1), and then revives none by it', async () => {
    const ids = [await scim.user('ada', { externalId: 'x' }), await scim.user('ben', { externalId: 'x' })];
    expect(names(await scim.list('/Users', 'externalId eq "x"'))).toEqual(['ada', 'ben']);
    expect((await scim.list('/Users', 'externalId eq "X"')).totalResults).toBe(0);
    for (const id of ids) await scim.call.delete(`/scim/v2/Users/${id}`);
    expect(ids).not.toContain(await scim.user('cyd', { externalId: 'x' }));
    expect(await scim.user('ben', { externalId: 'x' })).toBe(ids[1]);
  });

  it('terminates whom only this source knows, and revives the same person on a new create', async () => {
    const id = await scim.user('ada', { externalId: 'x' });
    const [before] = await people();
    await scim.call.delete(`/scim/v2/Users/${id}`);
    expect(await people()).toMatchObject([{ id: before?.id, state: 'terminated' }]);
    expect(await scim.user('ada.new', { externalId: 'x' })).toBe(id);
    expect(await people()).toMatchObject([{ id: before?.id, state: 'active', userName: 'ada.new' }]);
  });

  it('does not revive somebody else who gets the same userName', async () => {
    const id = await scim.user('ada', { externalId: 'x' });
    await scim.call.delete(`/scim/v2/Users/${id}`);
    expect(await scim.user('ada', { externalId: 'y' })).not.toBe(id);
    expect(await people()).toHaveLength(2);
  });

  it('terminates nobody whom HR still employs', async () => {
    const hr = await HrSystem.connect(tenant.api);
    await hr.event('employee.created', { employeeNumber: '7', firstName: 'Ada', email: 'ada@example.com' });
    const id = await scim.user('ada', { emails: [{ value: 'ada@example.com' }] });
    await scim.call.delete(`/scim/v2/Users/${id}`);
    expect((await scim.get(`/Users/${id}`)).status).toBe(404);
    expect(await people()).toMatchObject([{ employeeNumber: '7', state: 'active' }]);
  });

  it('has no /Me for a token that speaks for nobody', async () => {
    expect((await scim.get('/Me')).status).toBe(501);
    expect((await scim.post('/Me', {})).status).toBe(501);
  });

  describe('in bulk', () => {
    const bulk = async (operations: object[], more: object = {}): Promise<BulkAnswer['Operations']> => {
      const { status, body, text } = await scim.post<BulkAnswer>('/Bulk', {
        schemas: [BULK],
        Operations: operations,
        ...more,
      });
      if (status !== 200) throw new Error(text);
      return body.Operations;
    };
    const user = (bulkId: string, more: object = {}): object => ({
      method: 'POST',
      path: '/Users',
      bulkId,
      data: { schemas: [USER], userName: bulkId, ...more },
    });

    it('resolves references forward, backward and in a circle', async () => {
      const answers = await bulk([
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'g',
          data: { schemas: [GROUP], displayName: 'Sales', members: [{ value: 'bulkId:a' }] },
        },
        user('a', { [ENTERPRISE]: { manager: { value: 'bulkId:b' } } }),
        user('b', { [ENTERPRISE]: { manager: { value: 'bulkId:a' } } }),
        {
          method: 'PATCH',
          path: '/Groups/bulkId:g',
          data: {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:b' }] }],
          },
        },
      ]);
      expect(answers.map(({ status }) => status)).toEqual(['201', '201', '201', '200']);
      const idOf = (index: number): string => answers[index]?.location?.split('/').at(-1) ?? '';
      const read = async (index: number): Promise<Resource> => scim.read(`/Users/${idOf(index)}`);
      const manager = (id: string): object => ({ manager: { value: id, $ref: `${api.url}/scim/v2/Users/${id}` } });
      expect((await read(1))[ENTERPRISE]).toEqual(manager(idOf(2)));
      expect((await read(2))[ENTERPRISE]).toEqual(manager(idOf(1)));
      expect((await scim.read(`/Groups/${idOf(0)}`)).members).toHaveLength(2);
    });

    it('answers each operation, and stops after so many errors', async () => {
      const operations = [user('a'), user('a2', { userName: 'a' }), { method: 'GET', path: '/Users' }, user('b')];
      const answers = await bulk(operations);
      expect(answers.map(({ status }) => status)).toEqual(['201', '409', '400', '201']);
      expect(answers[1]).toMatchObject({ bulkId: 'a2', response: { scimType: 'uniqueness' } });
      const again = await bulk([user('c'), user('c2', { userName: 'c' }), user('d')], { failOnErrors: 1 });
      expect(again.map(({ status }) => status)).toEqual(['201', '409']);
      expect((await scim.list('/Users', 'userName eq "d"')).totalResults).toBe(0);
    });

    it('refuses too many operations', async () => {
      const operations = Array.from({ length: 2_001 }, () => ({}));
      expect((await scim.post('/Bulk', { schemas: [BULK], Operations: operations })).status).toBe(413);
    });
  });

  it.each<[string, unknown]>([
    ['an object nested without end', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['a list nested without end', `{"userName":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['a NUL', { userName: 'a\u0000' }],
    ['half a character', '{"userName":"\\ud800"}'],
    ['a list of nothing', { userName: 'a', emails: [null, {}, { value: null }] }],
    ['emails that are no list', { userName: 'a', emails: { value: 'a@example.com' } }],
    ['a very long text', { userName: 'a', title: 'x'.repeat(100_000) }],
    ['the prototype', '{"userName":"a","__proto__":{"x":1},"name":{"__proto__":{"x":1}}}'],
  ])('never answers 500 to %s', async (_, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await scim.call.post('/scim/v2/Users', text.replace('{', `{"schemas":["${USER}"],`));
    expect([201, 400]).toContain(answer.status);
  });
});
