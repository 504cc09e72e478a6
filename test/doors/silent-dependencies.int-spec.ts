import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect as connectSocket } from 'node:net';
import { SystemClock, type Database } from '@tenure/platform';
import { Sessions } from '@tenure/tenancy';
import { SilentWire } from '../peers/silent-wire.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { apiEnvironmentOf, environmentOf } from '../support/configuration.js';
import { eventually } from '../support/eventually.js';
import { idpValues } from '../support/idp-values.js';
import { connect } from '../support/platform.js';
import { startProgram, type RunningProgram } from '../support/processes.js';
import { clientWith, ScimClient } from '../support/scim-client.js';

interface Ready {
  readonly status: string;
  readonly dependencies: { readonly postgres: string; readonly redis: string };
}

describe('a dependency that goes silent', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let database: Database;
  let postgres: SilentWire;
  let redis: SilentWire;
  let env: Awaited<ReturnType<typeof apiEnvironmentOf>>;
  let program: RunningProgram;
  let doors: Record<string, () => Promise<number>>;
  let health: () => Promise<{ status: number; body: Ready }>;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
    database = await connect(api.database);
    const [overPostgres, overRedis] = await Promise.all([
      SilentWire.to(api.database.appUrl),
      SilentWire.to(api.redisUrl),
    ]);
    [postgres, redis] = [overPostgres.wire, overRedis.wire];
    env = await apiEnvironmentOf({ appUrl: overPostgres.address, ownerUrl: api.database.ownerUrl }, overRedis.address);
    program = await startProgram('api', env);
    doors = await doorsOf();
    health = () => new Client(program.url).get<Ready>('/health/ready');
  });
  afterAll(async () => {
    await program.stop();
    await Promise.all([postgres.stop(), redis.stop(), database.close()]);
    await api.close();
  });

  /** One request at each door, and the status of its answer. */
  async function doorsOf(): Promise<typeof doors> {
    const idp = await ScimClient.connect(api.url, tenant.api);
    const userId = await idp.user('ada');
    const [record] = await api.database.query<{ identity_id: string }>(
      'SELECT identity_id FROM source_records WHERE id = $1',
      [userId],
    );
    const session = { identityId: record!.identity_id, connectionId: userId, nameId: 'ada' };
    const { token } = await database.transaction(tenant.tenantId, (tx) =>
      new Sessions(database, new SystemClock()).open(tx, session),
    );
    const saml = await tenant.api.made('/api/v1/saml-connections', await idpValues());
    const hr = await tenant.api.made('/api/v1/sources', { kind: 'hrms', name: 'HR' });
    const scim = clientWith(program.url, idp.token);
    const anybody = new Client(program.url);
    const admin = new Client(program.url, { authorization: `Bearer ${tenant.apiKey}` });
    const me = new Client(program.url, { cookie: `tenure=${token}` });
    const status = async (answer: Promise<{ readonly status: number }>): Promise<number> => (await answer).status;
    return {
      scim: () => status(scim.get('/scim/v2/Users')),
      api: () => status(admin.get('/api/v1/identities')),
      me: () => status(me.get('/me')),
      saml: () => status(anybody.get(`/saml/${saml.id}/metadata`)),
      login: () => status(anybody.get(`/saml/${saml.id}/login`)),
      hrms: () =>
        status(anybody.post(`/hrms/${hr.id}/webhook`, '{}', { headers: { 'content-type': 'application/json' } })),
    };
  }
  const WELL = { scim: 200, api: 200, me: 200, saml: 200, login: 302, hrms: 401 };
  const statuses = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(doors).map(async ([door, ask]): Promise<[string, number]> => [door, await ask()]),
      ),
    );
  const isWell = (seen: Record<string, number>): boolean => JSON.stringify(seen) === JSON.stringify(WELL);

  it('every door answers before', async () => {
    expect(await statuses()).toEqual(WELL);
    expect(await health()).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('D11: PostgreSQL on the connections that were open: every door answers again, on others', async () => {
    await Promise.all(Array.from({ length: 6 }, statuses));
    postgres.silenceOpen();
    const first = await Promise.all(Array.from({ length: 3 }, statuses));
    for (const seen of first)
      for (const status of Object.values(seen)) expect([503, ...Object.values(WELL)]).toContain(status);
    await eventually(statuses, isWell);
    expect(await eventually(health, ({ status }) => status === 200)).toMatchObject({ body: { status: 'ok' } });
  });

  it('D11: PostgreSQL altogether: every door answers 503, and is well when it is back', async () => {
    postgres.silenceAll();
    const { login: _, ...seen } = await statuses();
    expect(new Set(Object.values(seen))).toEqual(new Set([503]));
    expect(await health()).toMatchObject({
      status: 503,
      body: { dependencies: { postgres: expect.stringMatching(/^down/) } },
    });
    postgres.restore();
    await eventually(statuses, isWell);
    await eventually(health, ({ status }) => status === 200);
  });

  it('D12: Redis: every door answers, the api is ready and says degraded, and heals', async () => {
    redis.silenceAll();
    expect(await statuses()).toEqual(WELL);
    const told = await eventually(health, ({ body }) => body.status !== 'ok');
    expect(told).toMatchObject({ status: 200, body: { status: 'degraded', dependencies: { postgres: 'up' } } });
    expect(told.body.dependencies.redis).not.toMatch(/\d/);
    redis.restore();
    await eventually(health, ({ body }) => body.status === 'ok');
  });

  it('D12: a pool that is busy is not "not ready"', async () => {
    await api.database.locked('LOCK TABLE identities', [], async () => {
      const waiting = Promise.all(Array.from({ length: 20 }, () => doors.api!()));
      for (let looks = 0; looks < 5; looks += 1) expect((await health()).status).toBe(200);
      void waiting;
    });
    await eventually(statuses, isWell);
  });

  it('D13: half a request, or a silent Redis, does not hold a stop', async () => {
    const own = await startProgram('api', { ...env, ...(await ownAddress()) });
    const { hostname, port } = new URL(own.url);
    const heads = [
      'POST /hrms/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{',
      'POST /scim/v2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\na',
      'GET / HTTP/1.1\r\nHo',
    ];
    for (const head of heads) {
      const socket = connectSocket(Number(port), hostname).on('error', () => undefined);
      await new Promise((done) => socket.once('connect', done));
      await new Promise((done) => socket.write(head, done));
    }
    redis.silenceAll();
    expect((await own.stop()).signal).not.toBe('SIGKILL');
    redis.restore();
  });

  it('D13: a worker whose Redis is silent stops when it is asked to', async () => {
    const over = await SilentWire.to(api.redisUrl);
    const worker = await startProgram('worker', environmentOf(api.database, over.address));
    over.wire.silenceAll();
    expect((await worker.stop()).signal).not.toBe('SIGKILL');
    await over.wire.stop();
  });

  async function ownAddress(): Promise<object> {
    const { PORT, PUBLIC_URL } = await apiEnvironmentOf(api.database, api.redisUrl);
    return { PORT, PUBLIC_URL };
  }
});
