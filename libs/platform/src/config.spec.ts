import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from './config.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const ENOUGH = {
  DATABASE_URL: 'postgres://app:pw@db/tenure',
  REDIS_URL: 'redis://:pw@cache:6379',
  TENURE_SECRET_KEY: KEY,
};

function mistakesOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('readConfig', () => {
  it('needs the database, Redis and the key, and has a default for everything else', () => {
    const config = readConfig(ENOUGH);
    expect({ ...config, secretKey: config.secretKey.reveal() }).toMatchObject({
      host: '0.0.0.0',
      port: 3000,
      workerPort: 0,
      publicUrl: 'http://localhost:3000',
      databasePool: 12,
      secretKey: KEY,
      outboundAllow: [],
      metricsToken: null,
      apiDocs: 'on',
      logLevel: 'info',
      leaseMs: 15_000,
      sweepMs: 400,
    });
    expect(config.databaseOwnerUrl.reveal()).toBe(ENOUGH.DATABASE_URL);
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(readConfig(ENOUGH))).toBe(true);
  });

  it('takes empty and blank variables as not set', () => {
    expect(readConfig({ ...ENOUGH, PORT: '', HOST: '  ', LOG_LEVEL: '', OUTBOUND_ALLOW: ' , ' })).toMatchObject({
      port: 3000,
      host: '0.0.0.0',
      logLevel: 'info',
      outboundAllow: [],
    });
  });

  it('derives the public address from the port, and keeps none of its trailing slashes', () => {
    expect(readConfig({ ...ENOUGH, PORT: '8080' }).publicUrl).toBe('http://localhost:8080');
    expect(readConfig({ ...ENOUGH, PUBLIC_URL: 'https://id.example.com/base//' }).publicUrl).toBe(
      'https://id.example.com/base',
    );
  });

  it.each([
    ['a port that is no number', { PORT: 'http' }, 'PORT must be a whole number from 0 to 65535'],
    ['a port beyond the last', { PORT: '65536' }, 'PORT must be a whole number from 0 to 65535'],
    ['a negative number', { SWEEP_MS: '-1' }, 'SWEEP_MS must be a whole number from 50 to 60000'],
    ['a fraction', { LEASE_MS: '1500.5' }, 'LEASE_MS must be a whole number from 1000 to 600000'],
    ['a pool of one', { DATABASE_POOL: '1' }, 'DATABASE_POOL must be a whole number from 2 to 200'],
    [
      'another database',
      { DATABASE_URL: 'mysql://db/x' },
      'DATABASE_URL must be a URL that begins with postgres: or postgresql://',
    ],
    [
      'a Redis host without a scheme',
      { REDIS_URL: 'cache:6379' },
      'REDIS_URL must be a URL that begins with redis: or rediss://',
    ],
    [
      'no database',
      { DATABASE_URL: undefined },
      'DATABASE_URL is missing; it must be a URL that begins with postgres: or postgresql://',
    ],
    [
      'a script as public address',
      { PUBLIC_URL: 'javascript:alert(1)' },
      'PUBLIC_URL must be a URL that begins with http: or https://',
    ],
    [
      'an unknown log level',
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    ],
    [
      'an address in place of a range',
      { OUTBOUND_ALLOW: '10.0.0.0/8,10.1.2.3' },
      'OUTBOUND_ALLOW has "10.1.2.3", which is no address range (like 10.0.0.0/8)',
    ],
  ])('names the variable and the remedy for %s, once', (_, env, message) => {
    expect(mistakesOf({ ...ENOUGH, ...env })).toEqual([message]);
  });

  it.each([
    ['is missing', undefined],
    ['is too short', Buffer.alloc(31).toString('base64')],
    ['is hexadecimal', Buffer.alloc(32, 0xab).toString('hex')],
    ['is a passphrase of the right length', 'correct-horse-battery-staple-correct-horses'],
  ])('refuses a secret key that %s', (_, key) => {
    expect(mistakesOf({ ...ENOUGH, TENURE_SECRET_KEY: key })).toEqual([
      'TENURE_SECRET_KEY must be 32 random bytes in base64 (openssl rand -base64 32)',
    ]);
  });

  it('lists every mistake in one message', () => {
    expect(mistakesOf({ PORT: 'x', LOG_LEVEL: 'x' })).toHaveLength(5);
    expect(() => readConfig({})).toThrow(
      /DATABASE_URL is missing.*\n.*REDIS_URL is missing.*\n.*TENURE_SECRET_KEY must/,
    );
  });

  it('shows no secret when it is printed, and none in a mistake', () => {
    const printed = `${inspect(readConfig(ENOUGH))}${JSON.stringify(readConfig(ENOUGH))}`;
    for (const secret of [KEY, 'pw@db', 'pw@cache']) expect(printed).not.toContain(secret);
    expect(mistakesOf({ ...ENOUGH, DATABASE_URL: 'mysql://app:hunter2@db/x' }).join()).not.toContain('hunter2');
  });
});
