import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { ScimClient, USER, type ResourceList } from '../support/scim-client.js';

const DEVICE = 'urn:example:params:scim:schemas:device:1.0:Device';
const BADGE = 'urn:example:params:scim:badge:1.0:User';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

const device = {
  name: 'Device',
  endpoint: '/Devices',
  urn: DEVICE,
  description: 'A computer',
  attributes: [
    { name: 'serial', required: true, caseExact: true, uniqueness: 'server' },
    { name: 'ram', type: 'integer' },
    { name: 'vendor', mutability: 'immutable' },
    { name: 'pin', mutability: 'writeOnly', returned: 'never' },
    { name: 'notes', returned: 'request' },
    {
      name: 'ports',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'value' }, { name: 'type' }, { name: 'secret', returned: 'never' }],
    },
  ],
};
const badge = (uniqueness: string): object => ({
  urn: BADGE,
  name: 'Badge',
  resourceType: 'User',
  attributes: [{ name: 'number', uniqueness }, { name: 'colour' }],
});

describe('resource types and unique values of a tenant’s own', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let scim: ScimClient;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    scim = await ScimClient.connect(api.url, tenant.api);
  });

  const register = (more: object = {}): Promise<{ id: string }> =>
    tenant.api.made('/api/v1/scim-resource-types', { ...device, ...more });
  const made = async (serial: string, more: object = {}): Promise<string> => {
    const answer = await scim.post('/Devices', { schemas: [DEVICE], serial, ...more });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body.id;
  };

  it('is described, written, read, filtered, patched, sorted and deleted like any other', async () => {
    await register();
    expect(await scim.read('/ResourceTypes/Device')).toMatchObject({ endpoint: '/Devices', schema: DEVICE });
    expect(await scim.read(`/Schemas/${DEVICE}`)).toMatchObject({ name: 'Device', attributes: expect.any(Array) });
    const id = await made('S1', {
      ram: 16,
      pin: '1234',
      notes: 'n',
      ports: [{ value: 'usb', type: 'c', secret: 'x' }],
    });
    // P4: an answer to a write has what the write named.
    const named = await scim.patch(`/Devices/${id}`, { op: 'replace', path: 'notes', value: 'n' });
    expect(named.body).toMatchObject({ notes: 'n' });
    const other = await scim.patch(`/Devices/${id}`, { op: 'replace', path: 'ram', value: 16 });
    expect(other.body).not.toHaveProperty('notes');
    await made('s1', { ram: 8 });
    const read = await scim.get(`/Devices/${id}`);
    expect(read.body).toMatchObject({
      schemas: [DEVICE],
      serial: 'S1',
      ports: [{ value: 'usb', type: 'c' }],
      meta: { resourceType: 'Device', location: `${api.url}/scim/v2/Devices/${id}` },
    });
    expect(read.text).not.toMatch(/1234|secret|notes/);
    expect((await scim.read(`/Devices/${id}?attributes=notes,serial`)).notes).toBe('n');
    const serials = async (query: string): Promise<unknown[]> =>
      (await scim.read<ResourceList>(`/Devices?${query}`)).Resources.map(({ serial }) => serial);
    expect(await serials(`filter=${encodeURIComponent('serial eq "S1" and ports[type eq "C"]')}`)).toEqual(['S1']);
    expect(await serials(`filter=${encodeURIComponent(`${DEVICE}:ram lt 10`)}`)).toEqual(['s1']);
    expect(await serials('sortBy=serial&sortOrder=descending')).toEqual(['s1', 'S1']);
    expect((await scim.patch(`/Devices/${id}`, { op: 'replace', path: 'ram', value: 32 })).body.ram).toBe(32);
    expect(await scim.call.put(`/scim/v2/Devices/${id}`, { schemas: [DEVICE], serial: 'S1' })).toMatchObject({
      status: 200,
      body: { meta: { version: 'W/"3"' } },
    });
    expect((await scim.call.delete(`/scim/v2/Devices/${id}`)).status).toBe(204);
    expect((await scim.get(`/Devices/${id}`)).status).toBe(404);
  });

  it.each<[string, () => Promise<{ status: number }>, number, string | undefined]>([
    ['no serial', () => scim.post('/Devices', { schemas: [DEVICE] }), 400, 'invalidValue'],
    ['another schema', () => scim.post('/Devices', { schemas: [USER], serial: 'x' }), 400, 'invalidValue'],
    [
      'a text for a number',
      () => scim.post('/Devices', { schemas: [DEVICE], serial: 'x', ram: 'much' }),
      400,
      'invalidValue',
    ],
    [
      'a serial that another one has',
      () => scim.post('/Devices', { schemas: [DEVICE], serial: 'S1' }),
      409,
      'uniqueness',
    ],
    ['an unknown attribute in a filter', () => scim.get('/Devices?filter=userName%20pr'), 400, 'invalidFilter'],
    ['a cursor that is none', () => scim.get('/Devices?cursor=x'), 400, 'invalidCursor'],
    ['a method that it has not', () => scim.call.delete('/scim/v2/Devices'), 404, undefined],
    ['an id of nobody', () => scim.get('/Devices/01900000-0000-7000-8000-000000000000'), 404, undefined],
  ])('refuses %s', async (_, ask, status, scimType) => {
    await register();
    await made('S1');
    expect(await ask()).toMatchObject({ status, ...(scimType !== undefined && { body: { scimType } }) });
  });

  it('is in bulk, in searches over everything, and holds extensions', async () => {
    await register();
    const urn = 'urn:example:params:scim:lease:1.0:Device';
    await tenant.api.made('/api/v1/scim-schemas', {
      urn,
      name: 'Lease',
      resourceType: 'Device',
      attributes: [{ name: 'until' }],
    });
    const answer = await scim.post<{ Operations: { status: string; location?: string }[] }>('/Bulk', {
      schemas: [BULK],
      Operations: ['A', 'A', 'B'].map((serial, n) => ({
        ...{ method: 'POST', path: '/Devices', bulkId: `d${n}` },
        data: { schemas: [DEVICE, urn], serial, [urn]: { until: '2027' } },
      })),
    });
    expect(answer.body.Operations.map(({ status }) => status).sort()).toEqual(['201', '201', '409']);
    const found = await scim.post<ResourceList>('/.search', { schemas: [SEARCH], filter: `${urn}:until eq "2027"` });
    expect(found.body.Resources.map(({ meta }) => meta)).toMatchObject([
      { resourceType: 'Device' },
      { resourceType: 'Device' },
    ]);
  });

  it('is one source’s, and no other source and no other tenant sees it', async () => {
    await register();
    const id = await made('S1');
    const sibling = await ScimClient.connect(api.url, tenant.api, 'Other');
    const stranger = await ScimClient.connect(api.url, (await api.tenant()).api);
    expect((await sibling.read<ResourceList>('/Devices')).totalResults).toBe(0);
    for (const other of [sibling, stranger]) {
      expect((await other.get(`/Devices/${id}`)).status).toBe(404);
      expect((await other.patch(`/Devices/${id}`, { op: 'add', path: 'ram', value: 1 })).status).toBe(404);
      expect((await other.call.put(`/scim/v2/Devices/${id}`, { schemas: [DEVICE], serial: 'x' })).status).toBe(404);
      expect((await other.call.delete(`/scim/v2/Devices/${id}`)).status).toBe(404);
    }
    expect((await stranger.get('/Devices')).status).toBe(404);
    expect((await stranger.get(`/Schemas/${DEVICE}`)).status).toBe(404);
    expect((await sibling.post('/Devices', { schemas: [DEVICE], serial: 'S1' })).status).toBe(201);
    expect((await scim.get(`/Devices/${id}`)).body.meta.version).toBe('W/"1"');
  });

  it.each<[string, object, number, string]>([
    ['an endpoint that users have', { endpoint: '/users' }, 422, 'type_invalid'],
    ['an endpoint of the protocol', { endpoint: '/Bulk' }, 422, 'type_invalid'],
    ['a name that groups have', { name: 'Group' }, 422, 'type_invalid'],
    ['a name that is none', { name: 'a b' }, 422, 'type_invalid'],
    ['an attribute that every resource has', { attributes: [{ name: 'id' }] }, 422, 'type_invalid'],
    ['a name that is taken', { endpoint: '/Others', urn: `${DEVICE}2` }, 409, 'name_taken'],
    ['an endpoint that is taken', { name: 'Other', urn: `${DEVICE}2` }, 409, 'endpoint_taken'],
    ['a URN that is taken', { name: 'Other', endpoint: '/Others' }, 409, 'urn_taken'],
  ])('is not registered with %s', async (_, change, status, code) => {
    await register();
    expect(await tenant.api.post('/api/v1/scim-resource-types', { ...device, ...change })).toMatchObject({
      status,
      body: { code },
    });
  });

  it('is removed only when nothing of it is left, and by nobody else', async () => {
    const { id } = await register();
    const resource = await made('S1');
    const theirs = (await api.tenant()).api;
    const path = `/api/v1/scim-resource-types/${id}`;
    expect((await theirs.delete(path)).status).toBe(404);
    expect((await theirs.get('/api/v1/scim-resource-types')).body).toEqual({ items: [] });
    expect((await (await tenant.as('operator')).delete(path)).status).toBe(403);
    expect(await tenant.api.delete(path)).toMatchObject({ status: 409, body: { code: 'type_in_use' } });
    await scim.call.delete(`/scim/v2/Devices/${resource}`);
    expect((await tenant.api.delete(path)).status).toBe(204);
    expect((await scim.get('/Devices')).status).toBe(404);
    expect((await tenant.api.post('/api/v1/scim-schemas', { ...badge('none'), resourceType: 'Device' })).status).toBe(
      422,
    );
  });

  it('gives a unique value to one of twenty who want it at once, and to the next once it is free', async () => {
    await tenant.api.made('/api/v1/scim-schemas', badge('server'));
    const user = (n: number): object => ({ schemas: [USER, BADGE], userName: `u${n}`, [BADGE]: { number: 'X1' } });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => scim.post('/Users', user(n))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
    const first = answers.find(({ status }) => status === 201)?.body.id ?? '';
    const second = await scim.user('second');
    const claim = { op: 'add', path: `${BADGE}:number`, value: 'x1' };
    expect(await scim.patch(`/Users/${second}`, claim)).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });
    expect((await scim.patch(`/Users/${first}`, { op: 'replace', path: `${BADGE}:number`, value: 'X2' })).status).toBe(
      200,
    );
    expect((await scim.patch(`/Users/${second}`, claim)).status).toBe(200);
    await scim.call.delete(`/scim/v2/Users/${second}`);
    expect((await scim.patch(`/Users/${first}`, claim)).status).toBe(200);
    const [ada] = await tenant.api.all<{ custom: object }>('/api/v1/identities?filter=state%20eq%20%22active%22');
    expect(ada?.custom).toMatchObject({ number: 'x1' });
  });

  it.each([
    ['server', 201],
    ['global', 409],
  ])('is unique among one source’s, or the tenant’s: %s', async (uniqueness, status) => {
    await tenant.api.made('/api/v1/scim-schemas', badge(uniqueness));
    const sibling = await ScimClient.connect(api.url, tenant.api, 'Other');
    await scim.user('ada', { [BADGE]: { number: 'X1' } });
    const answer = await sibling.post('/Users', { schemas: [USER], userName: 'ben', [BADGE]: { number: 'X1' } });
    expect(answer.status).toBe(status);
  });

  it('reads by a schema what was written before it: names, filters, policies, and unique values, which are told where they are not', async () => {
    const late = { number: 7, colour: 'Red', LEVEL: 3, since: 'yesterday' };
    const ada = await scim.user('ada', { [BADGE.toUpperCase()]: { Number: 'X1', colour: 'Red', LEVEL: 3 } });
    const [ben, cyd] = [
      await scim.user('ben', { [BADGE]: { NUMBER: 'x1' } }),
      await scim.user('cyd', { [BADGE]: late }),
    ];
    const dee = await scim.user('dee');
    const group = await scim.post('/Groups', {
      ...scim.groupBody('Sales'),
      'urn:example:room:1.0:Group': { ROOM: 'A' },
    });
    const attributes = [
      { name: 'number', uniqueness: 'server' },
      { name: 'colour' },
      { name: 'level', type: 'integer' },
      { name: 'since', type: 'dateTime' },
    ];
    const { id } = await tenant.api.made('/api/v1/scim-schemas', { ...badge('server'), attributes });
    await tenant.api.made('/api/v1/scim-schemas', {
      urn: 'urn:example:room:1.0:Group',
      name: 'Room',
      resourceType: 'Group',
      attributes: [{ name: 'room' }],
    });
    const list = async (): Promise<unknown[]> =>
      (await tenant.api.get<{ items: { id: string; stored: unknown }[] }>('/api/v1/scim-schemas')).body.items.map(
        (one) => one.stored,
      );
    await eventually(list, (stored) => stored.every((one) => (one as { read: boolean }).read));
    expect(await list()).toEqual([
      { read: true, twice: 1 },
      { read: true, twice: 0 },
    ]);
    expect(await scim.read(`/Users/${ada}`)).toMatchObject({
      schemas: [USER, BADGE],
      [BADGE]: { number: 'X1', colour: 'Red', level: 3 },
    });
    // What the schema would refuse stays, and is found by nobody.
    expect((await scim.read(`/Users/${cyd}`))[BADGE]).toEqual({
      number: 7,
      colour: 'Red',
      level: 3,
      since: 'yesterday',
    });
    const found = async (filter: string): Promise<unknown[]> =>
      (await scim.list('/Users', filter)).Resources.map((one) => one.userName);
    expect(await found(`${BADGE}:number eq "x1"`)).toEqual(['ada', 'ben']);
    expect(await found(`${BADGE}:level gt 2 and ${BADGE}:colour eq "red"`)).toEqual(['ada', 'cyd']);
    expect(await found(`${BADGE}:since pr`)).toEqual([]);
    expect((await scim.list('/Groups', 'urn:example:room:1.0:Group:room eq "a"')).Resources).toMatchObject([
      { id: group.body.id },
    ]);
    expect((await tenant.api.all<{ custom: object }>('/api/v1/identities')).map(({ custom }) => custom)).toEqual([
      { number: 'X1', colour: 'Red', level: 3 },
      { number: 'x1' },
      { colour: 'Red', level: 3 },
      undefined,
    ]);
    expect(await tenant.api.all('/api/v1/cases?kind=unique_twice')).toMatchObject([
      { subjectId: scim.sourceId, details: { path: `${BADGE}:number`, resourceId: ben, resourceType: 'User' } },
    ]);
    const claim = await scim.patch(`/Users/${dee}`, { op: 'add', path: `${BADGE}:number`, value: 'X1' });
    expect([claim.status, claim.body.scimType]).toEqual([409, 'uniqueness']);
    expect((await scim.patch(`/Users/${ben}`, { op: 'replace', path: `${BADGE}:number`, value: 'X2' })).status).toBe(
      200,
    );
    expect((await tenant.api.delete(`/api/v1/scim-schemas/${id}`)).status).toBe(204);
  });

  it('lets policies read what a schema of the tenant’s own says of people', async () => {
    await tenant.api.made('/api/v1/scim-schemas', badge('none'));
    await scim.user('ada', { [BADGE]: { colour: 'red' } });
    await scim.user('ben', { [BADGE]: { colour: 'blue' } });
    const { id: applicationId } = await tenant.api.made('/api/v1/applications', {
      ...{ name: 'App', connector: 'scim', config: { baseUrl: api.url }, credentials: { token: 'x' } },
    });
    const answer = await tenant.api.post('/api/v1/policies', {
      ...{ name: 'red', condition: 'identity.custom.colour == "red"', grants: [{ applicationId }], publish: true },
    });
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    expect((await tenant.api.all<{ custom: object }>('/api/v1/identities')).map(({ custom }) => custom)).toEqual([
      { colour: 'red' },
      { colour: 'blue' },
    ]);
  });

  describe('a source’s own address', () => {
    const at = (path: string): string => `/scim/v2/sources/${scim.sourceId}${path}`;
    const set = (options: object): Promise<{ status: number }> =>
      tenant.api.put(`/api/v1/sources/${scim.sourceId}/scim`, options);

    it('serves everything to its own tokens, with its own locations', async () => {
      const id = await scim.user('ada');
      expect((await scim.call.get<{ meta: object }>(at(`/Users/${id}`))).body.meta).toMatchObject({
        location: `${api.url}${at(`/Users/${id}`)}`,
      });
      const sibling = await ScimClient.connect(api.url, tenant.api, 'Other');
      expect((await sibling.call.get(at('/Users'))).status).toBe(401);
    });

    it('describes the source to anybody once the tenant says so, and nothing else', async () => {
      await register();
      expect((await api.anybody.get(at('/ServiceProviderConfig'))).status).toBe(401);
      expect(await set({ publicDiscovery: true })).toMatchObject({
        status: 200,
        body: { publicDiscovery: true, requestsPerMinute: null, sourceBaseUrl: `${api.url}${at('')}` },
      });
      for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas', `/Schemas/${DEVICE}`])
        expect((await api.anybody.get(at(path))).status).toBe(200);
      expect((await api.anybody.get(at('/Schemas?filter=id%20pr'))).status).toBe(403);
      for (const path of ['/Users', '/Groups', '/Devices', '', '/Me'])
        expect((await api.anybody.get(at(path))).status).toBe(401);
      const wrong = new Client(api.url, { authorization: 'Bearer scim_wrong' });
      expect((await wrong.get(at('/Schemas'))).status).toBe(401);
      const nobody = '/scim/v2/sources/01900000-0000-7000-8000-000000000000/Schemas';
      expect((await api.anybody.get(nobody)).status).toBe(401);
      expect((await api.anybody.get('/scim/v2/Schemas')).status).toBe(401);
    });

    it('lets each token ask so often in a minute', async () => {
      await set({ publicDiscovery: false, requestsPerMinute: 3 });
      const statuses: number[] = [];
      for (let n = 0; n < 4; n++) statuses.push((await scim.get('/Users')).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const refused = await scim.get('/Users');
      expect(refused).toMatchObject({
        status: 429,
        body: { status: '429', schemas: [expect.stringContaining('Error')] },
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      const { token } = await tenant.api.made<{ token: string }>(`/api/v1/sources/${scim.sourceId}/tokens`, {
        name: 'n',
      });
      expect((await new Client(api.url, { authorization: `Bearer ${token}` }).get('/scim/v2/Users')).status).toBe(200);
    });

    it('is set by whoever may configure, for a source of the tenant', async () => {
      const path = `/api/v1/sources/${scim.sourceId}/scim`;
      const theirs = (await api.tenant()).api;
      expect((await theirs.get(path)).status).toBe(404);
      expect((await theirs.put(path, { publicDiscovery: true })).status).toBe(404);
      expect((await (await tenant.as('operator')).put(path, { publicDiscovery: true })).status).toBe(403);
      expect((await set({ publicDiscovery: false, requestsPerMinute: 0 })).status).toBe(400);
      expect((await tenant.api.get(path)).body).toMatchObject({ publicDiscovery: false, requestsPerMinute: null });
    });
  });
});
