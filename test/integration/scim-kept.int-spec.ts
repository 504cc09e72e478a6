import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { ScimClient, USER, type Resource } from '../support/scim-client.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CUSTOM = 'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User';
const PLAIN = 'urn:example:plain';
const work = { value: 'ada@example.com', type: 'work', primary: true };
const home = { value: 'ada@home.example', type: 'home' };
const lists = {
  emails: [work, home],
  phoneNumbers: [{ value: '1', type: 'work' }],
  roles: [{ value: 'Admin' }],
  addresses: [{ type: 'work', country: 'DE' }],
  entitlements: [{ value: 'E' }],
};

describe('what a PATCH of a user keeps and sets', () => {
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

  const patched = async (user: object, ...operations: object[]): Promise<Resource> => {
    const id = await scim.user('ada', user);
    const { status, body, text } = await scim.patch(`/Users/${id}`, ...operations);
    expect([status, text]).toEqual([200, expect.any(String)]);
    expect(await scim.read(`/Users/${id}`)).toEqual(body);
    return body;
  };
  const refused = async (user: object, operation: object): Promise<unknown> => {
    const id = await scim.user('ada', user);
    const { status, body } = await scim.patch(`/Users/${id}`, operation);
    expect(status).toBe(400);
    return body.scimType;
  };

  const empty = [null, [], [{}], {}, '', [{ value: null }]];
  it.each(Object.keys(lists).flatMap((name) => empty.map((value) => [name, JSON.stringify(value), value] as const)))(
    'F2: a remove of %s that names %s takes nothing away',
    async (name, _, value) => {
      expect(await patched(lists, { op: 'Remove', path: name, value })).toMatchObject(lists);
    },
  );

  it.each(Object.keys(lists))('F2: a remove of %s that has no value takes all away', async (name) => {
    expect((await patched(lists, { op: 'remove', path: name }))[name]).toBeUndefined();
  });

  it.each(empty.map((value) => [JSON.stringify(value), value]))(
    'F2: a remove of members that names %s removes no member',
    async (_, value) => {
      const [ada, ben] = [await scim.user('ada'), await scim.user('ben')];
      const id = await scim.group('Sales', [ada]);
      const add = { op: 'Add', path: 'members', value: [{ value: ben }] };
      expect((await scim.patch(`/Groups/${id}`, add, { op: 'Remove', path: 'members', value })).status).toBe(204);
      expect((await scim.read(`/Groups/${id}`)).members).toHaveLength(2);
      expect((await scim.patch(`/Groups/${id}`, { op: 'remove', path: 'members' })).status).toBe(204);
      expect((await scim.read(`/Groups/${id}`)).members).toBeUndefined();
    },
  );

  const off = { op: 'Replace', path: 'active', value: 'False' };
  it.each<[string, object, object, object]>([
    [
      'an unregistered URN',
      { [CUSTOM]: { tag: '1' } },
      { op: 'Add', path: `${CUSTOM}:tag`, value: 'x' },
      { [CUSTOM]: { tag: 'x' } },
    ],
    ['one that is new', {}, { op: 'Add', path: `${CUSTOM}:tag`, value: 'x' }, { [CUSTOM]: { tag: 'x' } }],
    [
      'its URN in another case',
      { [CUSTOM]: { tag: '1' } },
      { op: 'Add', path: `${CUSTOM.toUpperCase()}:TAG`, value: 'x' },
      { [CUSTOM]: { tag: 'x' } },
    ],
    [
      'a URN without a version',
      { [PLAIN]: { tag: '1', b: 2 } },
      { op: 'replace', path: `${PLAIN}:tag`, value: 'x' },
      { [PLAIN]: { tag: 'x', b: 2 } },
    ],
    [
      'a URN as a whole',
      { [CUSTOM]: { tag: '1', b: 2 } },
      { op: 'Add', path: CUSTOM, value: { tag: 'x' } },
      { [CUSTOM]: { tag: 'x', b: 2 } },
    ],
    [
      'without a path, by its name',
      {},
      { op: 'replace', value: { [`${CUSTOM}:tag`]: 'x' } },
      { [CUSTOM]: { tag: 'x' } },
    ],
    [
      'without a path, as a whole',
      { [CUSTOM]: { b: 2 } },
      { op: 'replace', value: { [CUSTOM]: { tag: 'x' } } },
      { [CUSTOM]: { tag: 'x', b: 2 } },
    ],
    [
      'an unknown enterprise attribute',
      {},
      { op: 'add', path: `${ENTERPRISE}:jobCode`, value: 'J' },
      { [ENTERPRISE]: { jobCode: 'J' } },
    ],
    [
      'an enterprise attribute without URN',
      { [ENTERPRISE]: { division: 'D' } },
      { op: 'add', path: 'department', value: 'X' },
      { [ENTERPRISE]: { division: 'D', department: 'X' } },
    ],
    ['the same without a path', {}, { op: 'add', value: { department: 'X' } }, { [ENTERPRISE]: { department: 'X' } }],
    ['an unknown core name', { shoeSize: 1 }, { op: 'add', path: 'shoeSize', value: 42 }, { shoeSize: 42 }],
    ['one with the core URN', {}, { op: 'add', path: `${USER}:shoeSize`, value: 42 }, { shoeSize: 42 }],
    [
      'a part of an unknown one',
      { shoe: { left: 1 } },
      { op: 'add', path: 'shoe.right', value: 2 },
      { shoe: { left: 1, right: 2 } },
    ],
    [
      'an unknown part of a known one',
      { name: { givenName: 'Ada' } },
      { op: 'add', path: 'name.short', value: 'A' },
      { name: { givenName: 'Ada', short: 'A' } },
    ],
    [
      'an element of an unknown list',
      { desks: [{ type: 'work', value: '1' }] },
      { op: 'add', path: 'desks[type eq "work"].value', value: '2' },
      { desks: [{ type: 'work', value: '2' }] },
    ],
    [
      'one more of an unknown list',
      { desks: ['1'] },
      { op: 'add', path: 'desks', value: ['2'] },
      { desks: ['1', '2'] },
    ],
    ['a name that objects have', {}, { op: 'add', path: 'toString', value: 'x' }, { toString: 'x' }],
  ])('F4: %s is set, and the disable beside it is carried out', async (_, user, operation, becomes) => {
    expect(await patched(user, operation, off)).toMatchObject({ ...becomes, active: false });
    expect(await tenant.api.all('/api/v1/identities')).toMatchObject([{ state: 'suspended' }]);
  });

  it.each<[string, object, object, string[]]>([
    [
      'an unregistered attribute',
      { [CUSTOM]: { tag: '1', b: 2 } },
      { op: 'remove', path: `${CUSTOM}:tag` },
      [CUSTOM, 'b'],
    ],
    ['an unregistered URN', { [CUSTOM]: { tag: '1' }, title: 'x' }, { op: 'remove', path: CUSTOM }, ['title']],
    ['an unknown name', { shoeSize: 1, title: 'x' }, { op: 'remove', path: 'SHOESIZE' }, ['title']],
  ])('F4: %s is removed, and nothing else', async (_, user, operation, [key = '', part]) => {
    const body = await patched(user, operation);
    expect(body[key]).toEqual(part === undefined ? 'x' : { [part]: 2 });
    expect(JSON.stringify(body)).not.toMatch(/"tag"|shoeSize/);
  });

  it('F4: a group’s description is kept by POST and set by PATCH', async () => {
    const { body } = await scim.post('/Groups', { ...scim.groupBody('Sales'), description: 'a' });
    expect(body.description).toBe('a');
    expect((await scim.patch(`/Groups/${body.id}`, { op: 'replace', path: 'description', value: 'b' })).status).toBe(
      204,
    );
    expect((await scim.read(`/Groups/${body.id}`)).description).toBe('b');
  });

  const single: readonly (readonly [string, unknown, object])[] = [
    ['displayName', 'Ada', { displayName: 'Ada' }],
    ['userName', 'ben', { userName: 'ben' }],
    ['externalId', 'e', { externalId: 'e' }],
    ['title', { value: 'CEO', $ref: null }, { title: 'CEO' }],
    ['name.givenName', 'Ada', { name: { givenName: 'Ada' } }],
    ['name', { givenName: 'Ada' }, { name: { givenName: 'Ada' } }],
    ['active', false, { active: false }],
    ['active', { value: 'False' }, { active: false }],
    ['emails[type eq "work"].value', 'a@b', { emails: [{ type: 'work', value: 'a@b' }] }],
    [`${ENTERPRISE}:department`, { $ref: null, value: 'X' }, { [ENTERPRISE]: { department: 'X' } }],
    [`${ENTERPRISE}:manager`, { $ref: 'x', value: 'm' }, { [ENTERPRISE]: { manager: { value: 'm', $ref: 'x' } } }],
    ['manager', { $ref: 'x', value: 'm' }, { [ENTERPRISE]: { manager: { value: 'm', $ref: 'x' } } }],
    [ENTERPRISE, { department: 'X' }, { [ENTERPRISE]: { department: 'X' } }],
  ];
  it.each(single)('F8: a list of one for %s is its element in a PATCH: %j', async (path, value, becomes) => {
    for (const operation of [
      { op: 'Replace', path, value: [value] },
      { op: 'add', value: { [path]: [value] } },
    ]) {
      scim = await ScimClient.connect(api.url, (await api.tenant()).api);
      expect(await patched({}, operation)).toMatchObject(becomes);
    }
    scim = await ScimClient.connect(api.url, (await api.tenant()).api);
    expect(await refused({}, { op: 'replace', path, value: [value, value] })).toBe('invalidValue');
  });

  it.each(single.filter(([name]) => !/^name\.|\[|:department$|:manager$/.test(name)))(
    'F8: a list of one for %s is its element in POST and PUT: %j',
    async (name, value, becomes) => {
      const body = { schemas: [USER], userName: 'ada', [name]: [value] };
      const made = await scim.post('/Users', body);
      expect([made.status, made.body]).toMatchObject([201, becomes]);
      expect(await scim.call.put(`/scim/v2/Users/${made.body.id}`, body)).toMatchObject({ status: 200, body: becomes });
      const two = { ...body, userName: 'two', [name]: [value, value] };
      expect(await scim.post('/Users', two)).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    },
  );

  it.each<[string, object]>([
    ['eq without URN', { filter: 'manager eq "@m"' }],
    ['eq with URN', { filter: `${ENTERPRISE}:manager eq "@m"` }],
    ['its value', { filter: 'manager.value eq "@m"' }],
    ['its value with URN', { filter: `${ENTERPRISE}:manager.value eq "@m"` }],
    ['eq beside an id', { filter: 'id eq "@u" and manager eq "@m"' }],
  ])('F7: a manager is found by %s', async (_, { filter }: { filter?: string }) => {
    const manager = await scim.user('boss');
    const id = await scim.user('ada', { manager: [{ value: manager }], department: 'Sales' });
    const shown = (await scim.read(`/Users/${id}`))[ENTERPRISE];
    expect(shown).toMatchObject({ manager: { value: manager }, department: 'Sales' });
    const asked = (filter ?? '').replace('@m', manager).replace('@u', id);
    expect(await scim.list('/Users', asked)).toMatchObject({ totalResults: 1, Resources: [{ id }] });
  });

  it.each(['manager', `${ENTERPRISE}:manager`, `${ENTERPRISE}.manager`])(
    'F7: %s is set in all forms, and removed',
    async (path) => {
      const id = await scim.user('ada', { [ENTERPRISE]: { department: 'X' } });
      for (const value of ['m', { value: 'm' }, [{ value: 'm', $ref: 'r' }], [{ value: 'm' }]]) {
        const { status, body } = await scim.patch(`/Users/${id}`, { op: 'Add', path, value });
        expect([status, body[ENTERPRISE]]).toMatchObject([200, { manager: { value: 'm' }, department: 'X' }]);
        const gone = await scim.patch(`/Users/${id}`, { op: 'Remove', path });
        expect([gone.status, gone.body[ENTERPRISE]]).toEqual([200, { department: 'X' }]);
      }
    },
  );

  it.each<[string, unknown, object]>([
    ['roles[primary eq "True"].value', 'Admin', { roles: [{ primary: true, value: 'Admin' }] }],
    ['roles[primary eq "True"].display', 'Admin', { roles: [{ primary: true, display: 'Admin' }] }],
    ['roles[primary eq true].type', 'Admin', { roles: [{ primary: true, type: 'Admin' }] }],
    ['emails[primary eq true].value', 'a@b', { emails: [{ primary: true, value: 'a@b' }] }],
    ['emails[primary eq false].value', 'a@b', { emails: [{ primary: false, value: 'a@b' }] }],
    ['addresses[primary eq true].country', 'DE', { addresses: [{ primary: true, country: 'DE' }] }],
    ['phoneNumbers[type eq "Work"].value', '1', { phoneNumbers: [{ type: 'Work', value: '1' }] }],
    [
      'emails[type eq "work" and primary eq true].value',
      'a@b',
      { emails: [{ type: 'work', primary: true, value: 'a@b' }] },
    ],
    ['emails[type eq "work"]', { value: 'a@b' }, { emails: [{ type: 'work', value: 'a@b' }] }],
    ['emails[type eq "work"]', [{ value: 'a@b' }], { emails: [{ type: 'work', value: 'a@b' }] }],
    ['addresses[type eq "work"]', { country: 'DE' }, { addresses: [{ type: 'work', country: 'DE' }] }],
    ['emails[value eq "a@b"]', { type: 'work' }, { emails: [{ value: 'a@b', type: 'work' }] }],
  ])('F6: %s that is not there is made', async (path, value, becomes) => {
    expect(await patched({}, { op: 'Add', path, value })).toMatchObject(becomes);
    if (path.startsWith('emails[value')) return;
    scim = await ScimClient.connect(api.url, (await api.tenant()).api);
    expect(await patched({}, { op: 'Replace', path, value })).toMatchObject(becomes);
  });

  it('F6: what is given nothing is not made', async () => {
    const body = await patched({}, { op: 'Add', path: 'emails[type eq "work"].value', value: null });
    expect(body.emails).toBeUndefined();
  });

  it('a value of several that no filter chooses is not written over all of them', async () => {
    expect(await refused({ emails: [work, home] }, { op: 'replace', path: 'emails.value', value: 'x@y' })).toBe(
      'noTarget',
    );
    scim = await ScimClient.connect(api.url, (await api.tenant()).api);
    expect(await patched({ emails: [home] }, { op: 'replace', path: 'emails.value', value: 'x@y' })).toMatchObject({
      emails: [{ type: 'home', value: 'x@y' }],
    });
  });

  it.each<[string, (id: string) => Promise<{ status: number }>]>([
    ['a PUT without active', (id) => scim.call.put(`/scim/v2/Users/${id}`, { schemas: [USER], userName: 'ada' })],
    [
      'a PUT with null',
      (id) => scim.call.put(`/scim/v2/Users/${id}`, { schemas: [USER], userName: 'ada', active: null }),
    ],
    [
      'a PUT with an empty list',
      (id) => scim.call.put(`/scim/v2/Users/${id}`, { schemas: [USER], userName: 'ada', active: [] }),
    ],
    ['a PATCH that removes it', (id) => scim.patch(`/Users/${id}`, { op: 'remove', path: 'active' })],
    ['a PATCH with null', (id) => scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: null })],
    [
      'a PATCH with null and without a path',
      (id) => scim.patch(`/Users/${id}`, { op: 'replace', value: { active: null } }),
    ],
    [
      'a PATCH that removes it and sets something',
      (id) => scim.patch(`/Users/${id}`, { op: 'remove', path: 'active' }, { op: 'add', path: 'title', value: 'x' }),
    ],
  ])('F11: %s activates nobody, and an explicit true does', async (_, change) => {
    const states = async (): Promise<unknown[]> =>
      (await tenant.api.all<{ state: string }>('/api/v1/identities')).map(({ state }) => state);
    const id = await scim.user('ada', { active: false });
    for (let times = 0; times < 2; times++) {
      expect((await change(id)).status).toBe(200);
      expect([(await scim.read(`/Users/${id}`)).active, await states()]).toEqual([false, ['suspended']]);
    }
    await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true });
    expect(await states()).toEqual(['active']);
  });
});
