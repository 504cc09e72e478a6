import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';

describe('D7: the stored credentials of an application', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let foreign: Server;
  let heard: (string | undefined)[];
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
    foreign = createServer((request, response) => {
      heard.push(request.headers.authorization);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((done) => foreign.listen(0, '127.0.0.1', done));
  });
  afterAll(async () => {
    foreign.close();
    await api.close();
  });

  const origin = (): string => `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
  const SCIM = {
    connector: 'scim',
    config: { baseUrl: 'http://127.0.0.1:9/scim/v2' },
    credentials: { token: 'stored' },
  };
  const USERS = {
    table: 'users',
    id: 'id',
    enabled: { column: 'on' },
    attributes: { userName: 'name', email: 'mail', displayName: 'shown' },
    keys: ['userName'],
  };
  const SQL_CONFIG = { host: '127.0.0.1', port: 9, database: 'app', user: 'tenure', ssl: true, users: USERS };
  const SQL = { connector: 'sql', config: SQL_CONFIG, credentials: { password: 'stored' } };
  const made = (input: object): Promise<{ id: string }> =>
    tenant.api.made('/api/v1/applications', { name: `App ${Math.random()}`, ...input });

  it.each<[string, object, () => object]>([
    ['another host', SCIM, () => ({ baseUrl: `${origin()}/scim/v2` })],
    ['another port', SCIM, () => ({ baseUrl: 'http://127.0.0.1:10/scim/v2' })],
    ['another path', SCIM, () => ({ baseUrl: 'http://127.0.0.1:9/other' })],
    ['another scheme', SCIM, () => ({ baseUrl: 'https://127.0.0.1:9/scim/v2' })],
    ['another host of a database', SQL, () => ({ ...SQL_CONFIG, host: 'localhost' })],
    ['another port of a database', SQL, () => ({ ...SQL_CONFIG, port: 10 })],
    ['another user of a database', SQL, () => ({ ...SQL_CONFIG, user: 'other' })],
    ['no encryption', SQL, () => ({ ...SQL_CONFIG, ssl: false })],
  ])('are asked for again where they would go elsewhere: %s', async (_, application, config) => {
    heard = [];
    const { id } = await made(application);
    const { status, body } = await tenant.api.patch<ProblemBody>(`/api/v1/applications/${id}`, { config: config() });
    expect([status, body.faults?.map(({ path }) => path)]).toEqual([422, ['credentials']]);
    await tenant.api.post(`/api/v1/applications/${id}/test`);
    expect(heard).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['a timeout', SCIM, { baseUrl: 'http://127.0.0.1:9/scim/v2', timeoutMs: 500 }],
    ['the tables', SQL, { ...SQL_CONFIG, users: { ...USERS, table: 'people' } }],
  ])('stay where the receiver stays: %s', async (_, application, config) => {
    const { id } = await made(application);
    expect((await tenant.api.patch(`/api/v1/applications/${id}`, { config })).status).toBe(200);
  });

  it('go to another host with a change that brings new ones, which are sent', async () => {
    heard = [];
    const { id } = await made(SCIM);
    const change = { config: { baseUrl: `${origin()}/scim/v2` }, credentials: { token: 'new' } };
    expect((await tenant.api.patch(`/api/v1/applications/${id}`, change)).status).toBe(200);
    await tenant.api.post(`/api/v1/applications/${id}/test`);
    expect(heard[0]).toBe('Bearer new');
  });

  it('are not sent to an address that came into the row by another way', async () => {
    heard = [];
    const { id } = await made(SCIM);
    await api.database.query(`UPDATE applications SET config = jsonb_build_object('baseUrl', $2::text) WHERE id = $1`, [
      id,
      origin(),
    ]);
    expect(await tenant.api.post(`/api/v1/applications/${id}/test`)).toMatchObject({
      status: 200,
      body: { ok: false, summary: expect.stringMatching(/^auth: .*enter them again/) },
    });
    expect(heard).toEqual([]);
  });

  it('map at least one target', async () => {
    const { id } = await made(SCIM);
    expect((await tenant.api.patch(`/api/v1/applications/${id}`, { mapping: {} })).status).toBe(422);
  });
});
