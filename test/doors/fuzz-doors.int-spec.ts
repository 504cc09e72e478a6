import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Database, SystemClock } from '@tenure/platform';
import { Sessions } from '@tenure/tenancy';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client, type Answer } from '../support/client.js';
import { eventBody, HrSystem } from '../support/hr.js';
import { idpValues } from '../support/idp-values.js';
import { connect } from '../support/platform.js';
import { ScimClient, USER } from '../support/scim-client.js';

const SEED = 20_261_202;
const random = (length: number): string =>
  fc.sample(fc.string({ minLength: length, maxLength: length, unit: 'grapheme' }), { seed: SEED, numRuns: 1 })[0] ?? '';

const HOSTILE: readonly unknown[] = [
  null,
  '',
  '\u0000',
  'a\u0000b',
  '\ud800',
  random(3_000),
  'x'.repeat(20_000),
  [],
  [null],
  [[]],
  {},
  { a: null },
  { ['k'.repeat(600)]: 1 },
  0,
  -1,
  1.5,
  1e308,
  true,
  '2026-W10-1',
  '2020-366',
  '+275760-09-13T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '__proto__',
  [{ value: random(3_000) }],
  [{ value: '\ud800' }],
];
const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const WHOLE = [
  '',
  'null',
  '[]',
  '1',
  '"x"',
  '{',
  deep(10_000),
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  '{"__proto__":{"a":1}}',
  '\u0000',
];
const ADDRESSES = ['%00', 'a%00', '%ed%a0%80', '%ff', '%', '..%2f..', 'x'.repeat(5_000), '%F0%9F%98%80'];

describe(`D16: no input of any kind makes a 5xx (seed ${SEED})`, () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let idp: ScimClient;
  let hr: HrSystem;
  let database: Database;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
    idp = await ScimClient.connect(api.url, tenant.api);
    hr = await HrSystem.connect(tenant.api);
    database = await connect(api.database);
  });
  afterAll(async () => {
    await database.close();
    await api.close();
  });

  /** Every answer with 5xx, by what was sent. */
  async function bad(sent: readonly (readonly [string, () => Promise<Answer<unknown>>])[]): Promise<string[]> {
    const found: string[] = [];
    for (const [what, send] of sent) {
      const { status, text } = await send();
      if (status >= 500) found.push(`${status} ${what.slice(0, 200)} → ${text.slice(0, 200)}`);
    }
    return found;
  }
  const shown = (value: unknown): string => JSON.stringify(value).slice(0, 60);

  it('at SCIM', async () => {
    const ada = await idp.user('ada');
    const all = await idp.group('All', [ada]);
    const type = { headers: { 'content-type': 'application/scim+json' } };
    const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] };
    let count = 0;
    const fields = [
      'userName',
      'externalId',
      'displayName',
      'name',
      'emails',
      'active',
      'schemas',
      'title',
      'meta',
      'id',
      'groups',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      'unknown',
    ];
    const sent = fields.flatMap((field) =>
      HOSTILE.flatMap((value) => [
        [
          `POST User ${field} ${shown(value)}`,
          () => idp.post<unknown>('/Users', { schemas: [USER], userName: `u${count++}`, [field]: value }),
        ] as const,
        [
          `PATCH User ${field} ${shown(value)}`,
          () => idp.patch<unknown>(`/Users/${ada}`, { op: 'replace', path: field, value }),
        ] as const,
      ]),
    );
    const groups = ['displayName', 'externalId', 'members'].flatMap((field) =>
      HOSTILE.flatMap((value) => [
        [
          `POST Group ${field} ${shown(value)}`,
          () => idp.post<unknown>('/Groups', { ...idp.groupBody(`g${count++}`), [field]: value }),
        ] as const,
        [
          `PATCH Group ${field} ${shown(value)}`,
          () => idp.patch<unknown>(`/Groups/${all}`, { op: 'add', path: field, value }),
        ] as const,
      ]),
    );
    const shapes = HOSTILE.flatMap((value) => [
      [
        `Operations ${shown(value)}`,
        () => idp.call.patch<unknown>(`/scim/v2/Users/${ada}`, { ...patch, Operations: value }),
      ] as const,
      [`op ${shown(value)}`, () => idp.patch<unknown>(`/Users/${ada}`, { op: value, path: value, value })] as const,
      [
        `Bulk ${shown(value)}`,
        () =>
          idp.post<unknown>('/Bulk', {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
            failOnErrors: value,
            Operations: [{ method: 'POST', path: value, bulkId: value, data: value }],
          }),
      ] as const,
      [
        `search ${shown(value)}`,
        () =>
          idp.post<unknown>('/.search', {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
            filter: value,
            sortBy: value,
            count: value,
            attributes: value,
            cursor: value,
          }),
      ] as const,
    ]);
    const bodies = WHOLE.flatMap((body) =>
      ['Users', 'Groups', 'Bulk', '.search', 'Users/.search', 'token'].map(
        (path) =>
          [`${path} ${body.slice(0, 20)}`, () => idp.call.post<unknown>(`/scim/v2/${path}`, body, type)] as const,
      ),
    );
    const addresses = ADDRESSES.flatMap((part) =>
      [
        `Users/${part}`,
        part,
        `Users?filter=${part}`,
        `Users?startIndex=${part}&count=${part}`,
        `Users?sortBy=${part}`,
        `Users?cursor=${part}`,
        `Users?attributes=${part}`,
        `sources/${part}/Users`,
      ].map((path) => [path, () => idp.get<unknown>(`/${path}`)] as const),
    );
    expect(await bad([...sent, ...groups, ...shapes, ...bodies, ...addresses])).toEqual([]);
  }, 300_000);

  it('at the HR webhook', async () => {
    const fields = [
      'employeeNumber',
      'givenName',
      'email',
      'status',
      'startDate',
      'endDate',
      'timeZone',
      'managerEmployeeNumber',
      'custom',
      'unknown',
    ];
    const sent = fields.flatMap((field) =>
      HOSTILE.map(
        (value) =>
          [
            `${field} ${shown(value)}`,
            () => hr.event('employee.updated', { employeeNumber: 'E1', [field]: value }),
          ] as const,
      ),
    );
    const parts = ['id', 'type', 'occurredAt', 'effectiveDate', 'employee'].flatMap((field) =>
      HOSTILE.map(
        (value) =>
          [
            `${field} ${shown(value)}`,
            () =>
              hr.deliver({
                body: JSON.stringify({ ...(JSON.parse(eventBody('employee.updated', {})) as object), [field]: value }),
              }),
          ] as const,
      ),
    );
    const bodies = WHOLE.map((body) => [body.slice(0, 20), () => hr.deliver({ body })] as const);
    const headers = ['x'.repeat(9_000), '\u00ff', ' '].map(
      (messageId) => [`webhook-id ${messageId.length}`, () => hr.deliver({ messageId, body: '{}' })] as const,
    );
    expect(await bad([...sent, ...parts, ...bodies, ...headers])).toEqual([]);
  }, 120_000);

  it('at SAML', async () => {
    const { id } = await tenant.api.made('/api/v1/saml-connections', await idpValues());
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    const values = [...WHOLE, '<a', '<a/>', '&#0;', '\ud800', random(2_000), '<'.repeat(10_000), '<a>'.repeat(5_000)];
    const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString('base64'));
    const sent = values.flatMap((value) =>
      ['acs', 'slo'].flatMap((path) =>
        ['SAMLResponse', 'SAMLRequest', 'RelayState'].flatMap((name) => [
          [
            `${path} ${name} ${shown(value)}`,
            () => api.anybody.post(`/saml/${id}/${path}`, `${name}=${encode(value)}`, form),
          ] as const,
          [
            `${path} ${name} plain`,
            () =>
              api.anybody.post(
                `/saml/${id}/${path}`,
                `${name}=${encodeURIComponent(value.toWellFormed())}&${name}=x`,
                form,
              ),
          ] as const,
        ]),
      ),
    );
    const addresses = ADDRESSES.flatMap((part) =>
      [
        `${part}/acs`,
        `${id}/login?RelayState=${part}`,
        `${id}/login?test=${part}`,
        `${id}/slo?SAMLRequest=${part}`,
        `${id}/slo?SAMLResponse=${part}&Signature=${part}`,
        `${id}/metadata?x=${part}`,
        `${id}/${part}`,
      ].map((path) => [path, () => api.anybody.get(`/saml/${path}`)] as const),
    );
    expect(await bad([...sent, ...addresses])).toEqual([]);
  }, 120_000);

  it('at /me', async () => {
    const userId = await idp.user('me');
    const [record] = await api.database.query<{ identity_id: string }>(
      'SELECT identity_id FROM source_records WHERE id = $1',
      [userId],
    );
    const session = { identityId: record!.identity_id, connectionId: userId, nameId: 'me' };
    const { token } = await database.transaction(tenant.tenantId, (tx) =>
      new Sessions(database, new SystemClock()).open(tx, session),
    );
    const me = new Client(api.url, { cookie: `tenure=${token}`, origin: api.url });
    const json = { headers: { 'content-type': 'application/json' } };
    const wish = { applicationId: userId, minutes: 60, reason: 'work' };
    const sent = Object.keys({ ...wish, entitlement: 1, unknown: 1 }).flatMap((field) =>
      HOSTILE.map(
        (value) =>
          [`requests ${field} ${shown(value)}`, () => me.post('/me/requests', { ...wish, [field]: value })] as const,
      ),
    );
    const answers = ['decision', 'reason', 'endsAt'].flatMap((field) =>
      HOSTILE.map(
        (value) =>
          [
            `approvals ${field} ${shown(value)}`,
            () => me.post(`/me/approvals/${userId}`, { decision: 'deny', reason: 'no', [field]: value }),
          ] as const,
      ),
    );
    const bodies = WHOLE.map(
      (body) => [`requests ${body.slice(0, 20)}`, () => me.post('/me/requests', body, json)] as const,
    );
    const addresses = ADDRESSES.flatMap((part) =>
      [
        `applications?after=${part}&waitSeconds=0`,
        `applications?after=x&waitSeconds=${part}`,
        `requests?cursor=${part}`,
        `approvals?limit=${part}`,
        `requests/${part}`,
        `?x=${part}`,
      ].map((path) => [path, () => me.get(`/me/${path}`)] as const),
    );
    expect(await bad([...sent, ...answers, ...bodies, ...addresses])).toEqual([]);
    expect((await me.get('/me')).status).toBe(200);
    const head = await fetch(`${api.url}/me`, { method: 'HEAD', headers: { cookie: `tenure=${token}` } });
    expect(head.status).toBe(200);
  }, 120_000);
});
