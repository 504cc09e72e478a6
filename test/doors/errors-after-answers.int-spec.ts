import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Res, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setImmediate } from 'node:timers/promises';
import type { Response } from 'express';
import { createLog, newId, readConfig, watchProcess, withContext } from '@tenure/platform';
import { ENTITIES } from '@tenure/schema';
import { ApiModule } from '../../apps/api/src/api.module.js';
import { LoggedLines, startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { apiEnvironmentOf } from '../support/configuration.js';
import { eventually } from '../support/eventually.js';
import { idpValues } from '../support/idp-values.js';

const DOORS = ['scim/v2', 'SCIM/v2', `saml/${newId()}`, 'hrms', 'api/v1', 'me', 'health'];

/** Answers, and fails afterwards. */
function failingAt(door: string): Type {
  @Controller(`${door}/after/the/answer`)
  class Failing {
    @Get()
    async act(@Res() response: Response): Promise<void> {
      response.json({ done: true });
      await setImmediate();
      throw new Error('too late');
    }

    @Get('half')
    async half(@Res() response: Response): Promise<void> {
      response.write('half');
      await setImmediate();
      throw new Error('half way');
    }
  }
  return Failing;
}

describe('D1: an error after the answer', () => {
  let api: TestApi;
  let app: NestExpressApplication;
  let log: LoggedLines;
  let client: Client;
  const rejected: unknown[] = [];
  const count = (error: unknown): void => void rejected.push(error);
  beforeAll(async () => {
    api = await startTestApi();
    log = new LoggedLines();
    const env = await apiEnvironmentOf(api.database, api.redisUrl);
    const options = { config: readConfig(env), log: createLog('api', 'info', log), entities: ENTITIES };
    @Module({ imports: [ApiModule.for(options)], controllers: DOORS.map(failingAt) })
    class WithFailingRoutes {}
    app = await NestFactory.create<NestExpressApplication>(WithFailingRoutes, { logger: false });
    await app.listen(env.PORT, env.HOST);
    client = new Client(env.PUBLIC_URL);
    process.on('unhandledRejection', count);
  });
  afterAll(async () => {
    process.off('unhandledRejection', count);
    await app.close();
    await api.close();
  });

  const failures = () => log.events('request.failed_after_answer');

  it.each(DOORS)('at /%s is logged, and the process serves on', async (door) => {
    const before = failures().length;
    expect(await client.get(`/${door}/after/the/answer`)).toMatchObject({ status: 200, body: { done: true } });
    await eventually(
      () => Promise.resolve(failures().length),
      (now) => now === before + 1,
    );
    expect((await client.get('/health/live')).status).toBe(200);
    expect(rejected).toEqual([]);
  });

  it.each(DOORS)('at /%s cuts off what is half sent', async (door) => {
    await expect(client.get(`/${door}/after/the/answer/half`)).rejects.toThrow();
    expect(rejected).toEqual([]);
  });
});

describe('D1: what nothing waited for', () => {
  it('is logged with its request, and the process goes on', () => {
    const lines = new LoggedLines();
    const listeners = process.listeners('unhandledRejection');
    watchProcess(createLog('api', 'info', lines));
    const [added] = process.listeners('unhandledRejection').filter((one) => !listeners.includes(one));
    try {
      withContext({ requestId: 'r-1' }, () => added!(new Error('lost'), Promise.resolve()));
      expect(lines.events('process.unhandled_rejection')).toMatchObject([
        { requestId: 'r-1', err: { message: 'lost' }, level: 'error' },
      ]);
    } finally {
      process.off('unhandledRejection', added!);
      process.removeAllListeners('uncaughtException');
    }
  });
});

describe('D1: metadata that an identity provider reads', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  it('is answered while the row of its connection is locked, and the reading is noted afterwards', async () => {
    const { id } = await tenant.api.made('/api/v1/saml-connections', await idpValues());
    const noted = () =>
      api.database.query('SELECT FROM saml_connections WHERE id = $1 AND metadata_read_at IS NOT NULL', [id]);
    await api.database.locked('SELECT FROM saml_connections WHERE id = $1 FOR UPDATE', [id], async () => {
      expect((await api.anybody.get(`/saml/${id}/metadata`)).status).toBe(200);
    });
    expect(await noted()).toHaveLength(0);
    expect((await api.anybody.get(`/saml/${id}/metadata`)).status).toBe(200);
    expect(await noted()).toHaveLength(1);
  });
});
