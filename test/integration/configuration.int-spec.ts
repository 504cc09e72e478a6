import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentOf } from '../support/configuration.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { runProgram } from '../support/processes.js';

const EX_CONFIG = 78;
const PROGRAMS = ['api/src/main', 'worker/src/main', 'api/src/migrate', 'api/src/first-tenant'];

describe('the configuration', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const mistakesIn = (stderr: string): string[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('  - '))
      .map((line) => line.slice(4));

  it.each(PROGRAMS)(
    'of %s has no default for a secret or an address: what is missing is named, and it ends with 78',
    async (program) => {
      const { code, stdout, stderr } = await runProgram(program, {});
      expect([code, stdout]).toEqual([EX_CONFIG, '']);
      expect(mistakesIn(stderr)).toEqual([
        'DATABASE_URL is missing; it must be a URL that begins with postgres: or postgresql://',
        'REDIS_URL is missing; it must be a URL that begins with redis: or rediss://',
        'TENURE_SECRET_KEY must be 32 random bytes in base64 (openssl rand -base64 32)',
      ]);
      expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
    },
  );

  it('is told one clear line per mistake, and shows no value of a secret', async () => {
    const { code, stderr } = await runProgram('api/src/main', {
      DATABASE_URL: 'mysql://tenure:hunter2@localhost/tenure',
      DATABASE_OWNER_URL: 'hunter2',
      REDIS_URL: 'http://:hunter2@localhost',
      TENURE_SECRET_KEY: 'hunter2',
      PORT: 'abc',
      WORKER_PORT: '70000',
      PUBLIC_URL: 'tenure.example.com',
      DATABASE_POOL: '1',
      OUTBOUND_ALLOW: '10.0.0.0/8,local',
      LOG_LEVEL: 'loud',
      LEASE_MS: '5',
      SWEEP_MS: '-1',
    });
    expect(code).toBe(EX_CONFIG);
    const named = mistakesIn(stderr).map((line) => /^[A-Z_]+/.exec(line)?.[0]);
    expect(named.sort()).toEqual([
      'DATABASE_OWNER_URL',
      'DATABASE_POOL',
      'DATABASE_URL',
      'LEASE_MS',
      'LOG_LEVEL',
      'OUTBOUND_ALLOW',
      'PORT',
      'PUBLIC_URL',
      'REDIS_URL',
      'SWEEP_MS',
      'TENURE_SECRET_KEY',
      'WORKER_PORT',
    ]);
    expect(stderr).not.toContain('hunter2');
  });

  it.each(['api/src/main', 'worker/src/main'])(
    'of %s that names a database that is not there ends it with the reason, and without the password',
    async (program) => {
      const url = new URL(database.appUrl);
      url.pathname = '/nowhere';
      const { code, stdout, stderr } = await runProgram(program, {
        ...environmentOf({ ...database, appUrl: url.href }, process.env.TEST_REDIS_URL ?? ''),
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(/could not start: database "nowhere" does not exist/);
      expect(stdout + stderr).not.toContain(url.password);
    },
  );

  it('is enough for migrate to say what it did', async () => {
    const { code, stdout } = await runProgram(
      'api/src/migrate',
      environmentOf(database, process.env.TEST_REDIS_URL ?? ''),
    );
    expect([code, stdout]).toEqual([0, 'The database is up to date.\n']);
  });
});
