import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { apiEnvironmentOf } from '../support/configuration.js';
import { idpValues } from '../support/idp-values.js';
import { startProgram, type RunningProgram } from '../support/processes.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const SEED = 20_261_201;
const NONE = '01900000-0000-7000-8000-000000000000';
const random = (length: number): string =>
  fc.sample(fc.string({ minLength: length, maxLength: length, unit: 'grapheme' }), { seed: SEED, numRuns: 1 })[0] ?? '';

/** What no property means. */
const HOSTILE: readonly unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff',
  random(3_000),
  'x'.repeat(20_000),
  [],
  [null],
  [[]],
  {},
  { a: null },
  { '\u0000': 1 },
  { ['k'.repeat(600)]: 1 },
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  true,
  '2026-W10-1',
  '2020-366',
  '2026-02-30T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59+14:00',
  '2020-01-01T00:00:00Z',
  NONE,
  '__proto__',
  'constructor',
];
const IN_ADDRESS = [
  '%00',
  'a%00b',
  '%ed%a0%80',
  '%ff',
  '%',
  '..%2f..',
  'x'.repeat(5_000),
  '%F0%9F%98%80',
  '1e9',
  '-1',
  'null',
  ' ',
  '2026-W10-1',
];
const HEADERS: readonly Record<string, string>[] = [
  { 'if-match': 'x'.repeat(9_000) },
  { 'if-match': '"\u00ff"' },
  { 'idempotency-key': 'k'.repeat(9_000) },
  { 'x-request-id': 'x'.repeat(9_000) },
  { 'content-type': 'application/json; charset=utf-7' },
  { 'content-encoding': 'bogus' },
  { accept: '\u00ff' },
];

describe('D16: /api/v1 with input of every kind', () => {
  let api: TestApi;
  let program: RunningProgram;
  let tenant: ApiTenant;
  let document: Document;
  let client: Client;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
    program = await startProgram('api', await apiEnvironmentOf(api.database, api.redisUrl));
    document = (await new Client(program.url).get<Document>('/api/openapi.json')).body;
    client = new Client(program.url, { authorization: `Bearer ${tenant.apiKey}` });
    const application = {
      name: 'App',
      connector: 'scim',
      config: { baseUrl: 'http://127.0.0.1:9/scim' },
      credentials: { token: 't' },
    };
    const made = async (path: string, body: object): Promise<string> => (await client.made(`/api/v1/${path}`, body)).id;
    ids.applications = await made('applications', application);
    ids.sources = await made('sources', { kind: 'scim', name: 'IdP' });
    ids['saml-connections'] = await made('saml-connections', await idpValues());
    ids.identities = await made('identities', { attributes: { displayName: 'Ada', userName: 'ada' } }).catch(
      () => NONE,
    );
    ids.policies = await made('policies', {
      name: 'All',
      condition: 'true',
      grants: [{ applicationId: ids.applications }],
    });
  });
  afterAll(async () => {
    await program.stop();
    await api.close();
  });

  const resolve = (schema: Schema = {}): Schema => {
    const named = schema.$ref ?? schema.allOf?.[0]?.$ref;
    return named === undefined ? schema : (document.components.schemas[named.split('/').at(-1) ?? ''] ?? {});
  };

  /** Names whose value must be something that there is. */
  const known = (name: string): unknown =>
    ({
      applicationId: ids.applications,
      identityId: ids.identities,
      ownerId: ids.identities,
      otherId: ids.identities,
      condition: 'true',
    })[name];
  const TYPES: Readonly<Record<string, (name: string) => unknown>> = {
    string: (name) => (name.endsWith('Id') ? NONE : 'x'),
    number: () => 1,
    integer: () => 1,
    boolean: () => true,
  };
  /** A value that the schema takes, most likely. */
  const likely = (schema: Schema, name: string): unknown => {
    const { type = '', format, enum: words, items, properties } = resolve(schema);
    const given = words?.[0] ?? known(name) ?? (format === 'date-time' ? '2099-01-01T00:00:00Z' : TYPES[type]?.(name));
    if (given !== undefined) return given;
    if (type === 'array') return [likely(items ?? {}, '')];
    return properties ? bodyOf(schema) : {};
  };
  const bodyOf = (schema: Schema): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(resolve(schema).properties ?? {}).map(([name, one]) => [name, likely(one, name)]),
    );
  const required = (schema: Schema): Record<string, unknown> => {
    const names = resolve(schema).required ?? [];
    return Object.fromEntries(Object.entries(bodyOf(schema)).filter(([name]) => names.includes(name)));
  };

  interface Sent {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  }

  function* requests(): Generator<Sent> {
    for (const [template, methods] of Object.entries(document.paths)) {
      if (!template.startsWith('/api/v1/')) continue;
      for (const [word, operation] of Object.entries(methods))
        yield* requestsOf(word.toUpperCase(), template, operation);
    }
  }

  function* requestsOf(method: string, template: string, { parameters = [], requestBody }: Operation): Generator<Sent> {
    const section = template.split('/')[3] ?? '';
    const path = template.replace('{id}', ids[section] ?? NONE).replaceAll(/\{\w+\}/g, NONE);
    for (const value of IN_ADDRESS)
      if (template.includes('{')) yield { method, path: template.replaceAll(/\{\w+\}/g, value) };
    const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    for (const name of [...names, 'unknown', '__proto__'])
      for (const value of IN_ADDRESS) yield { method, path: `${path}?${name}=${value}` };
    for (const headers of HEADERS) yield { method, path, headers, ...(method !== 'GET' && { body: {} }) };
    yield* bodiesOf(method, path, requestBody?.content['application/json']?.schema);
  }

  function* bodiesOf(method: string, path: string, schema: Schema | undefined): Generator<Sent> {
    if (schema === undefined) return;
    for (const body of [
      null,
      [],
      1,
      '{',
      '"x"',
      '['.repeat(10_000) + ']'.repeat(10_000),
      '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
    ])
      yield {
        method,
        path,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      };
    yield {
      method,
      path,
      body: Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`${random(20)}${at}`, at])),
    };
    const bases = [required(schema), bodyOf(schema)];
    for (const body of bases) yield { method, path, body };
    // Each property gets every value, in the least body or in the whole one by turns.
    for (const [at, name] of Object.keys(resolve(schema).properties ?? {}).entries())
      for (const [nth, value] of HOSTILE.entries())
        yield { method, path, body: { ...bases[(at + nth) % 2], [name]: value } };
  }

  const call = async ({ method, path, body, headers }: Sent): Promise<string | null> => {
    const isText = typeof body === 'string';
    const response = await fetch(program.url + path, {
      method,
      headers: {
        authorization: `Bearer ${tenant.apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status < 500) return null;
    return `${response.status} ${method} ${path.slice(0, 150)} ${(isText ? body : JSON.stringify(body ?? null)).slice(0, 300)} ${JSON.stringify(headers ?? {}).slice(0, 80)} → ${text.slice(0, 200)}`;
  };

  it(`answers none with 5xx (seed ${SEED})`, async () => {
    const bad: string[] = [];
    const queue = requests();
    let count = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (const sent of queue) {
          count += 1;
          const fault = await call(sent);
          if (fault !== null) bad.push(fault);
        }
      }),
    );
    expect(bad).toEqual([]);
    expect(count).toBeGreaterThan(4_000);
    expect((await client.get('/health/live')).status).toBe(200);
  }, 600_000);
});
