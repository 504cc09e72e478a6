import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client, type Answer } from '../support/client.js';
import { HrSystem } from '../support/hr.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

interface User {
  readonly id: string;
  readonly userName: string;
  readonly active: boolean;
  readonly meta: { readonly location: string; readonly version: string; readonly resourceType: string };
}
interface List {
  readonly totalResults: number;
  readonly itemsPerPage: number;
  readonly startIndex: number;
  readonly Resources: readonly User[];
}

const ada = (changes: object = {}): object => ({
  schemas: [USER, ENTERPRISE],
  userName: 'Ada@Example.com',
  externalId: '00u1',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
  [ENTERPRISE]: { department: 'Sales', costCenter: 'verbatim' },
  active: true,
  ...changes,
});

describe('/scim/v2/Users', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let scim: Client;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    scim = await client('IdP');
  });

  async function client(name: string, of = tenant): Promise<Client> {
    const { token } = await of.api.made<{ token: string }>('/api/v1/sources', { kind: 'scim', name });
    return new Client(api.url, { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' });
  }
  const post = <T = User>(body: unknown = ada()): Promise<Answer<T>> =>
    scim.post<T>('/scim/v2/Users', JSON.stringify(body));
  const patch = <T = User>(id: string, ...operations: object[]): Promise<Answer<T>> =>
    scim.patch<T>(`/scim/v2/Users/${id}`, JSON.stringify({ schemas: [PATCH], Operations: operations }));
  const list = (query = ''): Promise<Answer<List>> => scim.get<List>(`/scim/v2/Users${query}`);
  const named = (name: string): Promise<Answer<List>> => list(`?filter=${encodeURIComponent(`userName eq "${name}"`)}`);
  const people = (): Promise<Record<string, unknown>[]> => tenant.api.all('/api/v1/identities');

  it('creates a user, which is a person at once', async () => {
    const answer = await post();
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toContain('application/scim+json');
    expect(answer.headers.get('location')).toBe(`${api.url}/scim/v2/Users/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      ...ada(),
      meta: { resourceType: 'User', location: answer.headers.get('location') },
    });
    expect(await people()).toMatchObject([
      { givenName: 'Ada', email: 'ada@example.com', department: 'Sales', state: 'active' },
    ]);
  });

  it('gives it back as it was written', async () => {
    const { body } = await post();
    expect(await scim.get(`/scim/v2/Users/${body.id}`)).toMatchObject({ status: 200, body });
  });

  it('keeps no password and takes no id from the client', async () => {
    const { body, text } = await post(ada({ id: 'mine', password: 'secret-one' }));
    expect(body.id).not.toBe('mine');
    expect(text).not.toContain('secret-one');
    expect(await api.database.query("SELECT FROM source_records WHERE raw::text LIKE '%secret-one%'")).toEqual([]);
  });

  it.each(['Ada@Example.com', 'ada@example.com', 'ADA@EXAMPLE.COM'])(
    'finds it by userName, whatever its case: %s',
    async (name) => {
      const { body } = await post();
      expect(await named(name)).toMatchObject({ status: 200, body: { totalResults: 1, Resources: [body] } });
    },
  );

  it('answers an empty list for a name that nobody has', async () => {
    expect(await named('nobody')).toMatchObject({
      status: 200,
      body: { totalResults: 0, itemsPerPage: 0, startIndex: 1, Resources: [] },
    });
  });

  it('lists in pages', async () => {
    for (const name of ['a', 'b', 'c']) await post({ schemas: [USER], userName: name });
    const names = async (query: string): Promise<unknown[]> => {
      const { body } = await list(query);
      return [body.totalResults, ...body.Resources.map(({ userName }) => userName)];
    };
    expect(await names('')).toEqual([3, 'a', 'b', 'c']);
    expect(await names('?startIndex=2&count=1')).toEqual([3, 'b']);
    expect(await names('?startIndex=4')).toEqual([3]);
    expect(await names('?count=0')).toEqual([3]);
  });

  it.each<[string, object, boolean]>([
    ['replace with a path', { op: 'replace', path: 'active', value: false }, false],
    ['replace without a path', { op: 'replace', value: { active: false } }, false],
    ['Replace of "False", as Entra writes it', { op: 'Replace', path: 'active', value: 'False' }, false],
    ['add of "True"', { op: 'Add', path: 'active', value: 'True' }, true],
  ])('patches active: %s', async (_, operation, active) => {
    const { body } = await post();
    expect(await patch(body.id, operation)).toMatchObject({
      status: 200,
      body: { active, userName: 'Ada@Example.com' },
    });
    expect(await people()).toMatchObject([{ state: active ? 'active' : 'suspended' }]);
  });

  it('raises the version with each change, and with nothing else', async () => {
    const { body } = await post();
    const off = await patch(body.id, { op: 'replace', path: 'active', value: false });
    expect(off.body.meta.version).not.toBe(body.meta.version);
    const again = await patch(body.id, { op: 'replace', path: 'active', value: false });
    expect(again.body.meta.version).toBe(off.body.meta.version);
  });

  it.each<[string, object]>([
    ['an operation that there is not', { op: 'move', path: 'active' }],
    ['a remove of what is required', { op: 'remove', path: 'userName' }],
    ['a remove without a path', { op: 'remove' }],
    ['a path that cannot be read', { op: 'replace', path: 'shoe[Size', value: 'x' }],
    ['a path that is read-only', { op: 'replace', path: 'meta.created', value: 'x' }],
    ['a value that is no boolean', { op: 'replace', path: 'active', value: 'perhaps' }],
  ])('refuses %s, and changes nothing', async (_, operation) => {
    const { body } = await post();
    expectScimError(await patch(body.id, { op: 'replace', path: 'active', value: false }, operation), 400);
    expect((await scim.get<User>(`/scim/v2/Users/${body.id}`)).body).toEqual(body);
  });

  describe('errors', () => {
    it.each<[string, number, () => Promise<Answer<unknown>>]>([
      ['no token', 401, () => api.anybody.get('/scim/v2/Users')],
      ['a wrong token', 401, () => new Client(api.url, { authorization: 'Bearer scim_wrong' }).get('/scim/v2/Users')],
      ['an API key instead of a token', 401, () => tenant.api.get('/scim/v2/Users')],
      ['an id that nobody has', 404, () => scim.get('/scim/v2/Users/01900000-0000-7000-8000-000000000000')],
      ['an id that is none', 404, () => scim.get('/scim/v2/Users/nobody')],
      [
        'a patch of nobody',
        404,
        () => patch('01900000-0000-7000-8000-000000000000', { op: 'replace', path: 'active', value: false }),
      ],
      ['a route that does not exist', 404, () => scim.get('/scim/v2/Nothing')],
      ['the root', 404, () => scim.get('/scim')],
      ['JSON that cannot be read', 400, () => scim.post('/scim/v2/Users', '{')],
      ['a body that is no object', 400, () => post([])],
      ['no userName', 400, () => post({ schemas: [USER] })],
      ['active that is no boolean', 400, () => post(ada({ active: 'perhaps' }))],
      ['a filter that cannot be read', 400, () => list('?filter=userName%20eq')],
      ['a filter by what there is not', 400, () => list('?filter=shoeSize%20co%20%22x%22')],
      ['a body that is too large', 413, () => post(ada({ title: 'x'.repeat(3 * 1024 * 1024) }))],
      [
        'a patch without its schema',
        400,
        async () => scim.patch(`/scim/v2/Users/${(await post()).body.id}`, JSON.stringify({ Operations: [] })),
      ],
    ])('are in SCIM’s form: %s', async (_, status, ask) => {
      expectScimError(await ask(), status);
    });

    it('say how to authenticate', async () => {
      expect((await api.anybody.get('/scim/v2/Users')).headers.get('www-authenticate')).toMatch(/^Bearer/);
    });

    it('answer 409 to a userName that is taken, whatever its case', async () => {
      await post();
      const again = await post<{ scimType: string }>(ada({ userName: 'ADA@example.COM', externalId: '00u2' }));
      expectScimError(again, 409);
      expect(again.body.scimType).toBe('uniqueness');
      expect(await people()).toHaveLength(1);
    });

    it('answer 409 to all but one of ten creates at once', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => post()));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
      expect(await people()).toHaveLength(1);
    });
  });

  describe('and other sources', () => {
    it('adopts a person whom HR knows, and shows nothing of what HR says', async () => {
      const hr = await HrSystem.connect(tenant.api);
      const told = await hr.event('employee.created', {
        employeeNumber: '7',
        firstName: 'Augusta',
        lastName: 'King',
        email: 'ada@example.com',
        department: 'Board',
      });
      expect((await list()).body.totalResults).toBe(0);
      const { body } = await post();
      expect(body).toMatchObject({ name: { givenName: 'Ada' }, [ENTERPRISE]: { department: 'Sales' } });
      expect(await people()).toMatchObject([
        { id: told.body.identityId, givenName: 'Augusta', department: 'Board', employeeNumber: '7' },
      ]);
    });

    it('adopts by employee number, too', async () => {
      const hr = await HrSystem.connect(tenant.api);
      await hr.event('employee.created', { employeeNumber: '7', firstName: 'Ada', email: 'a.king@example.com' });
      await post(ada({ [ENTERPRISE]: { employeeNumber: '7' } }));
      expect(await people()).toMatchObject([{ employeeNumber: '7', email: 'a.king@example.com' }]);
    });

    it('does not see what another client of the tenant wrote', async () => {
      const { body } = await post();
      const other = await client('Another IdP');
      expect((await other.get<List>('/scim/v2/Users')).body.totalResults).toBe(0);
      expectScimError(await other.get(`/scim/v2/Users/${body.id}`), 404);
      expectScimError(
        await other.patch(
          `/scim/v2/Users/${body.id}`,
          JSON.stringify({ schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: false }] }),
        ),
        404,
      );
      expect(await other.post('/scim/v2/Users', JSON.stringify(ada()))).toMatchObject({ status: 201 });
      expect(await people()).toHaveLength(1);
    });

    it('does not see another tenant, whose people are others', async () => {
      const { body } = await post();
      const theirs = await client('IdP', await api.tenant());
      expectScimError(await theirs.get(`/scim/v2/Users/${body.id}`), 404);
      expect(await theirs.post('/scim/v2/Users', JSON.stringify(ada()))).toMatchObject({ status: 201 });
      expect(await people()).toHaveLength(1);
    });
  });
});

/** RFC 7644 §3.12. */
function expectScimError(answer: Answer<unknown>, status: number): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/scim+json');
  expect(answer.body).toMatchObject({ schemas: [ERROR], status: String(status), detail: expect.any(String) });
}
