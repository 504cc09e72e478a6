import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { Answer } from '../support/client.js';

interface Made {
  readonly id: string;
  readonly name: string;
  readonly token?: string;
}

describe('D10: a write with an Idempotency-Key', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const source = (key: string, name = key): Promise<Answer<Made>> =>
    tenant.api.post<Made>('/api/v1/sources', { kind: 'scim', name }, { headers: { 'idempotency-key': key } });
  const count = async (name: string): Promise<number> =>
    (await api.database.query('SELECT FROM sources WHERE name = $1', [name])).length;

  it('gives the same answer again', async () => {
    const key = randomUUID();
    const { body } = await source(key);
    const { token, ...shown } = body;
    expect(token).toBeDefined();
    expect((await source(key)).body).toEqual(shown);
    expect(await count(key)).toBe(1);
  });

  it('is not done when its answer cannot be kept, and is done once when it is sent again', async () => {
    const key = randomUUID();
    await api.database.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$`,
    );
    await api.database.query(
      'CREATE TRIGGER refused BEFORE UPDATE ON idempotent_answers FOR EACH ROW EXECUTE FUNCTION refuse()',
    );
    expect((await source(key)).status).toBe(503);
    expect(await count(key)).toBe(0);
    await api.database.query('DROP TRIGGER refused ON idempotent_answers');
    expect((await source(key)).status).toBe(201);
    expect((await source(key)).status).toBe(201);
    expect(await count(key)).toBe(1);
  });

  it('that is refused can be sent again', async () => {
    const key = randomUUID();
    const send = (name: unknown): Promise<Answer<unknown>> =>
      tenant.api.post(
        '/api/v1/applications',
        { name, connector: 'scim', config: { baseUrl: 'http://127.0.0.1:9' }, credentials: { token: 'x' } },
        { headers: { 'idempotency-key': key } },
      );
    expect((await send('Twice')).status).toBe(201);
    const other = randomUUID();
    const taken = (): Promise<Answer<unknown>> =>
      tenant.api.post(
        '/api/v1/applications',
        { name: 'Twice', connector: 'scim', config: { baseUrl: 'http://127.0.0.1:9' }, credentials: { token: 'x' } },
        { headers: { 'idempotency-key': other } },
      );
    expect((await taken()).status).toBe(409);
    await api.database.query(`UPDATE applications SET name = 'Once' WHERE name = 'Twice'`);
    expect((await taken()).status).toBe(201);
  });

  it('that is sent many times at once is done once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => source(key)));
    for (const { status } of answers) expect([201, 409]).toContain(status);
    expect(await count(key)).toBe(1);
  });

  it('that makes several transactions is all or nothing: a policy that is published at once', async () => {
    const { id: applicationId } = await tenant.api.made('/api/v1/applications', {
      name: 'App',
      connector: 'scim',
      config: { baseUrl: 'http://127.0.0.1:9' },
      credentials: { token: 'x' },
    });
    const policy = { name: 'Everyone', condition: 'true', grants: [{ applicationId }], publish: true };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await tenant.api.post<Made>('/api/v1/policies', policy, { headers });
    expect(first.status).toBe(201);
    expect(await tenant.api.post('/api/v1/policies', policy, { headers })).toMatchObject({
      status: 201,
      body: { id: first.body.id },
    });
    expect(await tenant.api.get(`/api/v1/policies/${first.body.id}`)).toMatchObject({ body: { publishedVersion: 1 } });
  });

  it('is another request with another If-Match, and means nothing for a HEAD', async () => {
    const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const send = (ifMatch: string): Promise<Answer<unknown>> =>
      tenant.api.post(
        '/api/v1/sources',
        { kind: 'csv', name: 'File' },
        { headers: { ...headers, 'if-match': ifMatch } },
      );
    expect((await send('"1"')).status).toBe(201);
    expect((await send('"2"')).status).toBe(422);
    const key = randomUUID();
    const head = { method: 'HEAD', headers: { authorization: `Bearer ${tenant.apiKey}`, 'idempotency-key': key } };
    expect((await fetch(`${api.url}/api/v1/sources`, head)).status).toBe(200);
    expect(await api.database.query('SELECT FROM idempotent_answers WHERE key = $1', [key])).toEqual([]);
  });
});
