import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import fc from 'fast-check';
import { startTestApi, type TestApi } from '../support/api.js';
import { ScimClient, USER } from '../support/scim-client.js';

const SEED = 20_261_126;
/** So long (ms) in the suite; SCIM_FUZZ_MS makes it longer. */
const WITHIN = Number(process.env.SCIM_FUZZ_MS ?? 6_000);
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const MESSAGE = 'urn:ietf:params:scim:api:messages:2.0:';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** Texts that somebody once forgot to think of. */
const strange = fc.constantFrom(
  ...['', ' ', '\u0000', 'a\u0000b', '\ud800', '😀', '\uffff', '__proto__', 'constructor', 'toString', 'null', '\r\n'],
  ...['"', "'", '\\', '%', '%00', '$1', '*', '../..', 'a'.repeat(3_000), '[', ']', '()', '..', 'bulkId:', 'bulkId:x'],
);
const word = fc.oneof(
  strange,
  fc.constantFrom(
    ...['userName', 'emails', 'name', 'name.givenName', 'active', 'members', 'displayName', 'externalId', 'schemas'],
    ...['meta', 'meta.lastModified', 'id', 'groups', 'manager', ENTERPRISE, `${ENTERPRISE}:manager.value`, USER],
  ),
);
const scalar = fc.oneof(
  word,
  fc.constantFrom(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, 'True', '2026-01-01T00:00:00Z'),
  fc.string({ maxLength: 8 }),
);
const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
const filter = fc.oneof(
  fc
    .tuple(word, fc.constantFrom('eq', 'co', 'gt', 'pr', 'xx', 'not', 'and'), json)
    .map(([path, op, value]) => `${path} ${op} ${JSON.stringify(value)}`),
  fc
    .tuple(fc.integer({ min: 1, max: 800 }), fc.constantFrom('(', 'not (', 'emails[', '"', 'a and '))
    .map(([times, part]) => part.repeat(times)),
  fc.string({ maxLength: 30 }),
);
const operation = fc.record(
  {
    op: fc.oneof(fc.constantFrom('add', 'replace', 'remove', 'Add'), scalar),
    path: fc.oneof(word, filter, json),
    value: json,
  },
  { requiredKeys: [] },
);
const listed = fc.oneof(fc.array(operation, { maxLength: 4 }), json);
const bulked = fc.array(
  fc.oneof(
    json,
    fc.record(
      {
        method: fc.oneof(fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'), scalar),
        path: fc.oneof(fc.constantFrom('/Users', '/Groups', '/Users/bulkId:a', '/Groups/x'), word),
        bulkId: fc.oneof(fc.constantFrom('a', 'b'), scalar),
        data: json,
        version: scalar,
      },
      { requiredKeys: [] },
    ),
  ),
  { maxLength: 4 },
);
const messages = (kind: string): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant([`${MESSAGE}${kind}`]) }, { weight: 1, arbitrary: json });
const object = fc.oneof(
  fc.record(
    {
      schemas: fc.oneof(fc.constant([USER]), json),
      userName: scalar,
      emails: json,
      name: json,
      [ENTERPRISE]: json,
      active: scalar,
      password: scalar,
    },
    { requiredKeys: [] },
  ),
  fc.record({ schemas: messages('PatchOp'), Operations: listed }),
  fc.record(
    { schemas: messages('BulkRequest'), Operations: bulked, failOnErrors: scalar },
    { requiredKeys: ['schemas'] },
  ),
  fc.record(
    {
      schemas: messages('SearchRequest'),
      filter: fc.oneof(filter, json),
      sortBy: scalar,
      attributes: json,
      count: scalar,
      cursor: scalar,
    },
    { requiredKeys: ['schemas'] },
  ),
  json,
);
const body = fc.oneof(
  { weight: 12, arbitrary: object.map((one) => Buffer.from(JSON.stringify(one))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000 }).map((n) => Buffer.from(`{"a":${'['.repeat(n)}`)) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 10, max: 3_000 })
      .map((n) =>
        Buffer.from(`{"schemas":["${USER}"],"userName":"d","userName":"e","x":${'['.repeat(n)}${']'.repeat(n)}}`),
      ),
  },
  { weight: 1, arbitrary: fc.constant(Buffer.from(`{"schemas":["${USER}"],"userName":"\\ud800","active":1e999}`)) },
);
const encoded = fc.oneof(
  filter.map((one) => encodeURIComponent(Buffer.from(one).toString())),
  fc.constantFrom('%', '%E0%A4%A', '%00', '%ff%fe', '1&filter=2', '', '99999999999999999999', '-1', 'null', '%5B%5D'),
);
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'filter',
        'count',
        'startIndex',
        'sortBy',
        'sortOrder',
        'attributes',
        'cursor',
        '__proto__',
        'x[y]',
      ),
      encoded,
    ),
    { maxLength: 3 },
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`));
const path = fc
  .tuple(
    fc.constantFrom(
      '/Users',
      '/Groups',
      '/Bulk',
      '/.search',
      '/Users/.search',
      '/Me',
      '/Schemas',
      '/ResourceTypes',
      '/ServiceProviderConfig',
      '',
      '/Nothing',
      '/sources/x',
    ),
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('', '/@user', '/@group') },
      { weight: 1, arbitrary: encoded.map((one) => `/${one.replaceAll('&', '')}`) },
    ),
    query,
  )
  .map((parts) => parts.join(''));
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/scim+json',
      'application/json; charset=utf-8',
      'text/plain',
      'x',
      'application/json; charset=utf-7',
    ),
    'if-match': fc.constantFrom('*', 'W/"1"', '"', '""",,', 'W/', '\u00ff'),
    'if-none-match': fc.constantFrom('*', 'W/"1"', '",'),
    'content-encoding': fc.constantFrom('gzip', 'nothing'),
    accept: fc.constantFrom('application/json', 'text/html', '*/*', ';'),
  },
  { requiredKeys: [] },
);
const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'OPTIONS'),
  path,
  headers: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
  body: fc.option(body, { nil: null, freq: 6 }),
});

describe('the SCIM door, whatever is sent', () => {
  let api: TestApi;
  let scim: ScimClient;
  let ids: Readonly<Record<'@user' | '@group', string>>;
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  beforeAll(async () => {
    api = await startTestApi();
    scim = await ScimClient.connect(api.url, (await api.tenant()).api);
    const ada = await scim.user('ada', { emails: [{ value: 'ada@example.com', type: 'work' }] });
    ids = { '@user': ada, '@group': await scim.group('Sales', [ada]) };
  });
  afterAll(async () => {
    agent.destroy();
    await api.close();
  });

  /** By Node's own client: fetch would mend addresses and headers first. */
  function send({ method, path, headers, body }: Asked): Promise<{ status: number; text: string }> {
    const { hostname, port } = new URL(api.url);
    const named = path.replace(/@user|@group/g, (name) => ids[name as '@user']);
    return new Promise((resolve, reject) => {
      const call = request({
        ...{ hostname, port, method, path: `/scim/v2${named}`, agent },
        headers: {
          ...{ authorization: `Bearer ${scim.token}`, 'content-type': 'application/scim+json' },
          ...(body && { 'content-length': String(body.length) }),
          ...headers,
        },
      });
      call.on('error', reject).on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      });
      call.end(body ?? undefined);
    });
  }

  const rows = async (): Promise<string> =>
    JSON.stringify(
      await api.database.query(
        `SELECT (SELECT jsonb_agg(jsonb_build_array(id, version, raw) ORDER BY id) FROM source_records) AS users,
           (SELECT jsonb_agg(jsonb_build_array(id, version, raw) ORDER BY id) FROM scim_groups) AS groups,
           (SELECT jsonb_agg(jsonb_build_array(group_id, member_id) ORDER BY group_id, member_id) FROM scim_group_members) AS members`,
      ),
    );

  it(
    'never fails, always answers in SCIM’s form, and writes nothing that it refuses',
    async () => {
      const seen = new Map<number, number>();
      let before = await rows();
      await fc.assert(
        fc.asyncProperty(fc.array(asked, { minLength: 12, maxLength: 12 }), async (requests) => {
          const answers = await Promise.all(requests.map(send));
          for (const [index, { status, text }] of answers.entries()) {
            seen.set(status, (seen.get(status) ?? 0) + 1);
            const what = JSON.stringify([requests[index], requests[index]?.body?.toString(), text]);
            if (status >= 500 && status !== 501) throw new Error(`${status}: ${what}`);
            if (status < 400) continue;
            const { schemas, status: said, detail } = JSON.parse(text) as Record<string, unknown>;
            if (JSON.stringify([schemas, said, typeof detail]) !== JSON.stringify([[ERROR], String(status), 'string']))
              throw new Error(`no SCIM error: ${what}`);
          }
          // Of a round in which nothing succeeded that may write, nothing stays.
          const wrote = answers.some(({ status }, n) => status < 300 && requests[n]?.method !== 'GET');
          const after = await rows();
          if (!wrote && after !== before) throw new Error(`written: ${JSON.stringify(requests)}`);
          before = after;
        }),
        {
          seed: SEED,
          numRuns: 1_000_000,
          interruptAfterTimeLimit: WITHIN,
          markInterruptAsFailure: false,
          endOnFailure: true,
        },
      );
      // Not everything was refused for one and the same reason.
      for (const status of [200, 400, 404, 405]) expect(seen.get(status) ?? 0).toBeGreaterThan(0);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect(api.log.events('scim.failed')).toEqual([]);
      expect(api.log.events('scim.request_not_logged')).toEqual([]);
    },
    WITHIN + 30_000,
  );

  it('takes a filter as long as any, and answers one that is longer than any header may be', async () => {
    const ask = (path: string): Promise<{ status: number; text: string }> =>
      send({ method: 'GET', path, headers: {}, body: null });
    const [ada, ...others] = Array.from({ length: 190 }, (_, n) => `id eq "${n === 0 ? ids['@user'] : newId()}"`);
    const real = `/Users?filter=${Buffer.from([...others, ada].join(' or '))
      .toString('hex')
      .replace(/../g, '%$&')}`;
    const { status, text } = await ask(real);
    expect([real.length > 25_000, status, JSON.parse(text)]).toMatchObject([true, 200, { totalResults: 1 }]);
    const over = await ask(`/Users?filter=${'a'.repeat(100_000)}`);
    expect([over.status, JSON.parse(over.text)]).toMatchObject([
      431,
      { schemas: [ERROR], status: '431', detail: expect.stringContaining('.search') },
    ]);
    const long = { schemas: [`${MESSAGE}SearchRequest`], filter: 'a'.repeat(100_000) };
    const search: Asked = {
      method: 'POST',
      path: '/Users/.search',
      headers: {},
      body: Buffer.from(JSON.stringify(long)),
    };
    expect(JSON.parse((await send(search)).text)).toMatchObject({ status: '400', scimType: 'invalidFilter' });
  });

  it.each([
    [
      'no HTTP at all',
      'GET /scim/v2/Users HTTP/9.9\r\n\r\n',
      { schemas: [ERROR], status: '400', scimType: 'invalidSyntax' },
    ],
    ['a header without a name', 'GET /api/v1/identities HTTP/1.1\r\n: x\r\n\r\n', { status: 400, code: 'malformed' }],
  ])('answers what is %s in the door’s own form', async (_, bytes, says) => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname).end(bytes);
    const text = (await socket.toArray()).join('');
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 Bad Request\r\nContent-Type: application\/(scim|problem)\+json/);
    expect(JSON.parse(body)).toMatchObject(says);
  });
});
