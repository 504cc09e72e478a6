import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { clientWith, ScimClient, USER, type ResourceList } from '../support/scim-client.js';

const BADGE = 'urn:example:params:scim:badge:1.0:User';
const badge = {
  urn: BADGE,
  name: 'Badge',
  resourceType: 'User',
  attributes: [
    { name: 'color', canonicalValues: ['red'] },
    { name: 'level', type: 'integer' },
    { name: 'serial', caseExact: true, mutability: 'immutable' },
    { name: 'pin', mutability: 'writeOnly', returned: 'never' },
    { name: 'doors', multiValued: true },
  ],
};

interface Token {
  readonly id: string;
  readonly token: string;
  readonly clientId?: string;
}
interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly dialect: string;
  readonly detail: string | null;
}

describe('a SCIM source in the admin API', () => {
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

  const issue = (body: object): Promise<Token> =>
    tenant.api.made<Token>(`/api/v1/sources/${scim.sourceId}/tokens`, body);
  const users = async (token: string): Promise<number> =>
    (await clientWith(api.url, token).get('/scim/v2/Users')).status;

  it('has a second token while the first is good, and ends each by itself', async () => {
    const { id, token } = await issue({ name: 'next' });
    expect([await users(scim.token), await users(token)]).toEqual([200, 200]);
    const { body } = await tenant.api.get<{ items: object[] }>(`/api/v1/sources/${scim.sourceId}/tokens`);
    expect(body.items).toMatchObject([{ id, name: 'next', scope: 'write', lastUsedAt: expect.any(String) }]);
    expect(JSON.stringify(body)).not.toContain(token);
    expect((await tenant.api.delete(`/api/v1/sources/${scim.sourceId}/tokens/${id}`)).status).toBe(204);
    expect([await users(scim.token), await users(token)]).toEqual([200, 401]);
  });

  it('lets a token read only, or only for a time', async () => {
    const { token } = await issue({ name: 'reader', scope: 'read' });
    expect(await users(token)).toBe(200);
    expect((await clientWith(api.url, token).post('/scim/v2/Users', { userName: 'ada' })).status).toBe(403);
    expect(
      (
        await tenant.api.post(`/api/v1/sources/${scim.sourceId}/tokens`, {
          name: 'x',
          expiresAt: '2020-01-01T00:00:00Z',
        })
      ).status,
    ).toBe(422);
    const short = await issue({ name: 'short', expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await users(short.token)).toBe(200);
    await api.database.query(`UPDATE source_tokens SET expires_at = now() - interval '1 second' WHERE id = $1`, [
      short.id,
    ]);
    expect(await users(short.token)).toBe(401);
  });

  it.each(['Bearer ', 'Bearer', 'Bearer  ', '', 'Basic Og==', 'Bearer null'])(
    'lets nobody in without a secret: "%s"',
    async (authorization) => {
      const { status, headers } = await new Client(api.url, { authorization }).get('/scim/v2/Users');
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="scim"']);
    },
  );

  it('gives an OAuth client a short-lived token for its secret, which itself opens nothing', async () => {
    const { clientId = '', token: secret } = await issue({ name: 'oauth', kind: 'client', scope: 'read' });
    expect(await users(secret)).toBe(401);
    const ask = async (given: string): Promise<{ status: number; body: Record<string, unknown> }> =>
      api.anybody.post('/scim/v2/token', `grant_type=client_credentials&client_id=${clientId}&client_secret=${given}`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect((await ask('wrong')).status).toBe(401);
    expect((await ask('')).status).toBe(401);
    const { status, body } = await ask(secret);
    expect([status, body.token_type, body.scope]).toEqual([200, 'Bearer', 'read']);
    expect(await users(String(body.access_token))).toBe(200);
    await tenant.api.delete(`/api/v1/sources/${scim.sourceId}/tokens/${clientId}`);
    expect(await users(String(body.access_token))).toBe(401);
  });

  it('has /Me for a token that speaks for a user', async () => {
    const userId = await scim.user('ada');
    const { token } = await issue({ name: 'ada', scope: 'read', userId });
    const me = clientWith(api.url, token);
    expect(await me.get('/scim/v2/Me')).toMatchObject({ status: 200, body: { id: userId, userName: 'ada' } });
    expect((await me.patch('/scim/v2/Me', {})).status).toBe(403);
  });

  it('logs what was asked and answered, and nothing of people', async () => {
    await scim.user('ada.lovelace', { emails: [{ value: 'ada@secret.example' }] });
    await scim.list('/Users', 'userName eq "ada.lovelace"');
    await scim.patch('/Users/ada.lovelace@secret.example', { op: 'Replace', path: 'title', value: 'CEO' });
    const path = `/api/v1/sources/${scim.sourceId}/requests`;
    const logged = await eventually(
      () => tenant.api.all<LoggedRequest>(path),
      ({ length }) => length === 3,
    );
    expect(logged.map(({ method, status, dialect }) => `${method} ${status} ${dialect}`).sort()).toEqual([
      'GET 200 generic',
      'PATCH 404 entra',
      'POST 201 generic',
    ]);
    expect(JSON.stringify(logged)).not.toMatch(/lovelace|secret\.example|CEO/);
    expect(await tenant.api.all(`${path}?dialect=entra`)).toHaveLength(1);
    expect((await tenant.api.get(`${path}?shoe=1`)).status).toBe(400);
  });

  it('tells how it is set up, and waits for the first request', async () => {
    const { id, token } = await tenant.api.made<Token>('/api/v1/sources', {
      kind: 'scim',
      name: 'E',
      vendor: 'Microsoft Entra ID',
    });
    const setup = async (): Promise<unknown> => (await tenant.api.get(`/api/v1/sources/${id}/setup`)).body;
    expect(await setup()).toMatchObject({ provider: 'entra', heartbeat: { state: 'waiting', lastRequestAt: null } });
    await users(token);
    await eventually(setup, (seen) => (seen as { heartbeat: { state: string } }).heartbeat.state === 'heard');
  });

  it('takes a schema of the tenant’s own, and holds to it everywhere', async () => {
    const { id } = await tenant.api.made('/api/v1/scim-schemas', badge);
    expect(await scim.read(`/Schemas/${BADGE}`)).toMatchObject({ id: BADGE, name: 'Badge' });
    const user = await scim.user('ada', {
      [BADGE]: { COLOR: 'Green', level: 3, serial: 'A1', pin: '1234', doors: ['n'] },
    });
    expect(await scim.read(`/Users/${user}`)).toMatchObject({
      schemas: [USER, BADGE],
      [BADGE]: { color: 'Green', level: 3, serial: 'A1', doors: ['n'] },
    });
    const found = async (filter: string): Promise<number> => (await scim.list('/Users', filter)).totalResults;
    expect(await found(`${BADGE}:color eq "green"`)).toBe(1);
    expect(await found(`${BADGE}:serial eq "a1"`)).toBe(0);
    expect(await found(`${BADGE}:level gt 2 and ${BADGE}:doors eq "N"`)).toBe(1);
    expect((await scim.post('/Users', { schemas: [USER], userName: 'b', [BADGE]: { level: 'high' } })).status).toBe(
      400,
    );
    expect(await scim.patch(`/Users/${user}`, { op: 'replace', path: `${BADGE}:serial`, value: 'B2' })).toMatchObject({
      status: 400,
      body: { scimType: 'mutability' },
    });
    expect(
      (await scim.call.put(`/scim/v2/Users/${user}`, { schemas: [USER], userName: 'ada', [BADGE]: { serial: 'B2' } }))
        .status,
    ).toBe(400);
    expect((await scim.patch(`/Users/${user}`, { op: 'add', path: `${BADGE}:level`, value: 4 })).status).toBe(200);
    expect(await tenant.api.all('/api/v1/identities')).toMatchObject([{ custom: { color: 'Green', level: 4 } }]);
    const other = await ScimClient.connect(api.url, (await api.tenant()).api);
    const ids = (await other.read<ResourceList>('/Schemas')).Resources.map((schema) => schema.id);
    expect(ids).toHaveLength(6);
    expect(ids).not.toContain(BADGE);
    expect((await tenant.api.delete(`/api/v1/scim-schemas/${id}`)).status).toBe(204);
    expect((await scim.get(`/Schemas/${BADGE}`)).status).toBe(404);
  });

  it.each<[string, object, string]>([
    ['a URN that is none', { urn: 'badge' }, 'urn'],
    ['a URN that everybody has', { urn: USER }, 'urn'],
    ['no attributes', { attributes: [] }, 'attributes'],
    ['a name that is none', { attributes: [{ name: '__proto__' }] }, 'attributes.0.name'],
    ['a type that is none', { attributes: [{ name: 'a', type: 'text' }] }, 'attributes.0.type'],
    ['one name twice', { attributes: [{ name: 'a' }, { name: 'A' }] }, 'attributes'],
  ])('refuses a schema with %s', async (_, change, path) => {
    expect(await tenant.api.post('/api/v1/scim-schemas', { ...badge, ...change })).toMatchObject({
      status: 422,
      body: { faults: [{ path }] },
    });
  });

  it('makes of an inactive user what the tenant’s rule says', async () => {
    await scim.user('ada', { active: false });
    const states = async (): Promise<unknown[]> =>
      (await tenant.api.all<{ state: string }>('/api/v1/identities')).map(({ state }) => state);
    expect(await states()).toEqual(['suspended']);
    expect((await tenant.api.put('/api/v1/settings/identity', { inactive: 'deleted' })).status).toBe(422);
    expect((await tenant.api.put('/api/v1/settings/identity', { inactive: 'terminated' })).status).toBe(200);
    await scim.user('ben', { active: false });
    expect(await states()).toEqual(['suspended', 'terminated']);
  });

  it('shows nothing of it to another tenant, and nothing is changed by one', async () => {
    const { id } = await issue({ name: 'x' });
    const schema = await tenant.api.made('/api/v1/scim-schemas', badge);
    const theirs = (await api.tenant()).api;
    const at = `/api/v1/sources/${scim.sourceId}`;
    for (const path of ['tokens', 'requests', 'setup']) expect((await theirs.get(`${at}/${path}`)).status).toBe(404);
    expect((await theirs.post(`${at}/tokens`, { name: 'x' })).status).toBe(404);
    expect((await theirs.delete(`${at}/tokens/${id}`)).status).toBe(404);
    expect((await theirs.delete(`/api/v1/scim-schemas/${schema.id}`)).status).toBe(404);
    expect((await theirs.get('/api/v1/scim-schemas')).body).toEqual({ items: [] });
    const operator = await tenant.as('operator');
    expect((await operator.post(`${at}/tokens`, { name: 'x' })).status).toBe(403);
  });
});
