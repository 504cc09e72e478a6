import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PostgresServer } from '../../scripts/lib/postgres.mjs';
import type { RedisServer } from '../../scripts/lib/redis.mjs';
import { startOwnPostgres, startOwnRedis } from '../../scripts/lib/test-servers.mjs';
import { startTestApi, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { createLogin } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface Ready {
  readonly status: string;
  readonly dependencies: { readonly postgres: string; readonly redis: string };
}

const withRedis = process.env.TEST_REDIS_BIN ? describe : describe.skip;

withRedis('what operators ask the processes', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let api: TestApi;
  let doors: readonly Client[];
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(), startOwnRedis({ durable: false })]);
    const server = await createLogin(postgres.url);
    api = await startTestApi({ worker: true, redisUrl: redis.url, server });
    const [listening] = api.log.events('worker.health_at') as { address: { port: number } }[];
    doors = [api.anybody, new Client(`http://127.0.0.1:${listening!.address.port}`)];
  });
  afterAll(async () => {
    await api.close();
    await Promise.all([postgres.stop(), redis.stop()]);
  });

  const ready = (): Promise<[number, Ready][]> =>
    Promise.all(
      doors.map(async (door) => {
        const { status, body } = await door.get<Ready>('/health/ready');
        return [status, body] as [number, Ready];
      }),
    );
  const become = (status: number): Promise<[number, Ready][]> =>
    eventually(ready, (all) => all.every(([seen]) => seen === status));

  it('both say that they are alive and ready', async () => {
    for (const door of doors)
      expect(await door.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await become(200)).toEqual(
      Array(2).fill([200, { status: 'ok', dependencies: { postgres: 'up', redis: 'up' } }]),
    );
  });

  it('both say that Redis is down, live on, take what comes, and are ready again when it is back', async () => {
    const tenant = await api.tenant();
    await redis.stop();
    // The doors need PostgreSQL only; the worker's queues are in Redis.
    const told = await eventually(ready, (all) => all.every(([, { status }]) => status !== 'ok'));
    const dependencies = { postgres: 'up', redis: expect.stringMatching(/^down/) };
    expect(told).toEqual([
      [200, { status: 'degraded', dependencies }],
      [503, { status: 'unavailable', dependencies }],
    ]);
    for (const door of doors) expect((await door.get('/health/live')).status).toBe(200);
    const hr = await HrSystem.connect(tenant.api);
    expect(await hr.event('employee.created', { employeeNumber: '1', email: 'ada@example.com' })).toMatchObject({
      status: 202,
    });

    await redis.start();
    await become(200);
    await eventually(
      () => tenant.api.all<{ version: number; accessVersion: number }>('/api/v1/identities'),
      ([ada]) => ada !== undefined && ada.accessVersion === ada.version,
    );
  });

  it('both say that PostgreSQL is down, and the api answers 503 in its own words', async () => {
    const tenant = await api.tenant();
    await postgres.stop();
    for (const [, body] of await become(503))
      expect(body).toEqual({
        status: 'unavailable',
        dependencies: { postgres: expect.stringMatching(/^down/), redis: 'up' },
      });
    const answer = await tenant.api.get('/api/v1/identities');
    expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    await postgres.start();
    await become(200);
    expect(await tenant.api.get('/api/v1/identities')).toMatchObject({ status: 200 });
  });

  it('both give metrics, which name the process and no person', async () => {
    const texts = await Promise.all(doors.map((door) => door.get('/metrics')));
    for (const [index, { status, headers, text }] of texts.entries()) {
      expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
      expect(text).toContain(`process="${['api', 'worker'][index] ?? ''}"`);
      for (const name of [
        'tenure_operations_total',
        'tenure_commit_to_applied_seconds',
        'tenure_behind',
        'tenure_inbound_events_total',
        'tenure_hints_not_sent_total',
        'process_resident_memory_bytes',
      ])
        expect(text).toContain(`# TYPE ${name} `);
      expect(text).not.toMatch(/example\.com|[0-9a-f]{8}-[0-9a-f]{4}-7/);
    }
    expect(texts[0]?.text).toMatch(/tenure_inbound_events_total\{[^}]*outcome="applied"[^}]*\} \d/);
    expect(texts[0]?.text).toMatch(/tenure_hints_not_sent_total\{[^}]*\} \d/);
  });
});
