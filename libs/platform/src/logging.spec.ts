import { describe, expect, it } from '@jest/globals';
import { Refusal } from './errors.js';
import { createLog, loggedReason, NestLog, type Log } from './logging.js';
import { withContext } from './request-context.js';
import { Secret } from './secrets.js';

class Lines {
  readonly texts: string[] = [];
  write(text: string): void {
    this.texts.push(text);
  }
  get last(): Record<string, unknown> {
    return JSON.parse(this.texts.at(-1) ?? '{}') as Record<string, unknown>;
  }
}

function logInto(level = 'trace'): { log: Log; lines: Lines } {
  const lines = new Lines();
  return { log: createLog('worker', level, lines), lines };
}

describe('the log', () => {
  it('writes one JSON line per event, with service, level in words and ISO time', () => {
    const { log, lines } = logInto();
    log.info({ event: 'operation.delivered', operationId: 'o1' });
    expect(lines.texts).toHaveLength(1);
    expect(lines.texts[0]).toMatch(/^[^\n]+\n$/);
    expect(lines.last).toMatchObject({
      service: 'worker',
      level: 'info',
      event: 'operation.delivered',
      operationId: 'o1',
    });
    expect(lines.last.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('writes nothing below its level', () => {
    const { log, lines } = logInto('warn');
    log.info({ event: 'x' });
    expect(lines.texts).toEqual([]);
  });

  it('adds the ids of the request or job, the innermost first', () => {
    const { log, lines } = logInto();
    withContext({ requestId: 'r1', tenantId: 't1' }, () =>
      withContext({ requestId: 'r1', accountId: 'a1' }, () => log.info({ event: 'x' })),
    );
    expect(lines.last).toMatchObject({ requestId: 'r1', tenantId: 't1', accountId: 'a1' });
    log.info({ event: 'y' });
    expect(lines.last).not.toHaveProperty('requestId');
  });
});

describe('what is secret or personal', () => {
  const NAMES = [
    'password',
    'token',
    'secret',
    'apiKey',
    'authorization',
    'cookie',
    'credentials',
    'webhookSecret',
    'email',
    'userName',
    'givenName',
    'familyName',
    'displayName',
    'nameId',
    'SAMLResponse',
    'body',
    'attributes',
  ];

  it.each(NAMES)('is redacted under the name "%s", at the top and up to two levels down', (name) => {
    const { log, lines } = logInto();
    log.info({
      event: 'x',
      [name]: 'ada@example.com',
      one: { [name]: 'ada@example.com', two: { [name]: 'ada@example.com' } },
    });
    expect(lines.texts.join()).not.toContain('ada@example.com');
    expect(lines.last).toMatchObject({
      event: 'x',
      [name]: '[redacted]',
      one: { [name]: '[redacted]', two: { [name]: '[redacted]' } },
    });
  });

  it('is redacted in lists, in child loggers, and when it is an object', () => {
    const { log, lines } = logInto();
    log.info({ people: [{ email: 'ada@example.com' }], attributes: { title: 'Countess' } });
    log.child({ token: 'hunter2' }).info({ event: 'x' });
    expect(lines.texts.join()).not.toMatch(/ada@|Countess|hunter2/);
  });

  it('is redacted among headers, those of answers included', () => {
    const { log, lines } = logInto();
    log.info({ req: { headers: { authorization: 'Bearer hunter2', cookie: 'tenure=hunter2' } } });
    log.info({ res: { headers: { 'set-cookie': 'tenure=hunter2' } } });
    expect(lines.texts.join()).not.toContain('hunter2');
  });

  it('is not in an error: neither the parameters of a statement nor what the server says of its values', () => {
    const { log, lines } = logInto();
    const cause = Object.assign(new Error('duplicate key value violates unique constraint'), {
      code: '23505',
      detail: 'Key (email_key)=(ada@example.com) already exists.',
    });
    const failed = Object.assign(new Error('statement failed', { cause }), {
      code: '23505',
      query: 'INSERT',
      parameters: ['ada@example.com'],
      driverError: cause,
    });
    log.error({ event: 'job.failed', err: failed });
    log.error(failed);
    expect(lines.texts.join()).not.toContain('ada@example.com');
    expect(lines.last).toMatchObject({ err: { type: 'Error', code: '23505' } });
    expect((lines.last.err as { stack: string }).stack).toContain('duplicate key value violates unique constraint');
    log.error({ event: 'job.failed', err: 'thrown as a text' });
    expect(lines.last).toMatchObject({ err: 'thrown as a text' });
  });

  it.each([
    ['a refusal is its code', new Refusal('identity_not_found', 'Nobody has the number 4711.'), 'identity_not_found'],
    [
      'PostgreSQL’s words on a value are without it',
      Object.assign(new Error('invalid input syntax for type date: "4711"'), { code: '22007' }),
      'invalid input syntax for type date: "…"',
    ],
    ['anything else is its message', new Error('connect ECONNREFUSED 127.0.0.1:1'), 'connect ECONNREFUSED 127.0.0.1:1'],
    ['a text is itself', 'thrown as a text', 'thrown as a text'],
  ])('is not in what is said of an error: %s', (_, error, reason) => {
    const { log, lines } = logInto();
    log.error({ event: 'spec', reason: loggedReason(error), err: error });
    expect(lines.last).toMatchObject({ reason, err: error instanceof Error ? { message: reason } : error });
    expect(lines.texts.join()).not.toContain('4711');
  });

  it('is not shown by a Secret under any name', () => {
    const { log, lines } = logInto();
    log.info({ whatever: new Secret('hunter2') });
    expect(lines.last).toMatchObject({ whatever: '[secret]' });
  });
});

describe('NestLog', () => {
  it('lets Nest’s messages through the same logger: its chatter as debug, its errors as errors', () => {
    const { log, lines } = logInto();
    const nest = new NestLog(log);
    nest.log('Nest application started', 'NestFactory');
    expect(lines.last).toMatchObject({ level: 'debug', context: 'NestFactory', msg: 'Nest application started' });
    nest.error('cannot start', 'Error: cannot start\n at x', 'NestFactory');
    expect(lines.last).toMatchObject({ level: 'error', context: 'NestFactory', msg: 'cannot start' });
    nest.warn('old', 'X');
    expect(lines.last).toMatchObject({ level: 'warn' });
    nest.debug('detail', 'X');
    expect(lines.last).toMatchObject({ level: 'trace' });
  });
});
