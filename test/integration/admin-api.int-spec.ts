import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client, type Answer, type Page, type ProblemBody } from '../support/client.js';
import { HrSystem } from '../support/hr.js';

const NOBODY = '01900000-0000-7000-8000-000000000000';
const APPLICATION = {
  name: 'Directory',
  connector: 'scim',
  config: { baseUrl: 'http://127.0.0.1:1/scim/v2' },
  credentials: { token: 'app-token' },
};
const [CSV, HRMS] = [
  { kind: 'csv', name: 'File' },
  { kind: 'hrms', name: 'HR' },
];

describe('/api/v1', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
  });

  function expectProblem(answer: Answer<unknown>, status: number, code: string): ProblemBody {
    const problem = answer.body as ProblemBody;
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problem).toMatchObject({
      type: `/api/errors/${code}`,
      title: expect.any(String),
      detail: expect.any(String),
      status,
      code,
    });
    expect([answer.status, problem.requestId]).toEqual([status, answer.headers.get('x-request-id')]);
    return problem;
  }

  it('explains each code at the type of the problem', async () => {
    const { type, code } = expectProblem(await tenant.api.get('/api/v1/nothing'), 404, 'route_unknown');
    const page = await fetch(`${api.url}${type}`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(`${code} (404)`)]);
    expect((await fetch(`${api.url}/api/errors/nothing`)).status).toBe(404);
    expect(await (await fetch(`${api.url}/api/errors`)).text()).toContain('account_busy');
  });

  describe('asks who is calling', () => {
    it.each<[string, Record<string, string>]>([
      ['nobody', {}],
      ['an unknown key', { authorization: `Bearer tnr_${'x'.repeat(43)}` }],
      ['another scheme', { authorization: 'Basic dGVuYW50OnNlY3JldA==' }],
      ['another kind of token', { authorization: 'Bearer scim_x' }],
      ['an empty key', { authorization: 'Bearer ' }],
    ])('and answers 401 to %s', async (_, headers) => {
      const answer = await api.anybody.get('/api/v1/identities', { headers });
      expectProblem(answer, 401, 'api_key_invalid');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    });

    it.each(['expires_at', 'revoked_at'])('and answers 401 to a key whose %s is past', async (column) => {
      await api.database.query(
        `UPDATE api_keys SET ${column} = clock_timestamp() - interval '1 second' WHERE tenant_id = $1`,
        [tenant.tenantId],
      );
      expectProblem(await tenant.api.get('/api/v1/identities'), 401, 'api_key_invalid');
    });

    it('and shows each tenant itself alone', async () => {
      const other = await api.tenant();
      const source = await tenant.api.made('/api/v1/sources', CSV);
      expect((await tenant.api.get<Page<{ id: string }>>('/api/v1/tenants')).body.items.map(({ id }) => id)).toEqual([
        tenant.tenantId,
      ]);
      expectProblem(await other.api.get(`/api/v1/sources/${source.id}`), 404, 'source_not_found');
      expect(await other.api.all('/api/v1/sources')).toEqual([]);
    });
  });

  describe('gives out keys', () => {
    it('that may what their role may, are shown once, and end at once', async () => {
      const made = await tenant.api.post<{ id: string; key: string }>('/api/v1/api-keys', {
        name: 'CI',
        role: 'auditor',
      });
      expect(made.status).toBe(201);
      const auditor = { headers: { authorization: `Bearer ${made.body.key}` } };
      expect((await api.anybody.get('/api/v1/identities', auditor)).status).toBe(200);
      expectProblem(await api.anybody.get('/api/v1/api-keys', auditor), 403, 'right_missing');
      const listed = await tenant.api.get('/api/v1/api-keys');
      expect(JSON.stringify(listed.body)).toContain('"name":"CI"');
      expect(JSON.stringify(listed.body)).not.toContain(made.body.key);
      expect((await tenant.api.delete(`/api/v1/api-keys/${made.body.id}`)).status).toBe(204);
      expectProblem(await api.anybody.get('/api/v1/identities', auditor), 401, 'api_key_invalid');
    });

    it('of its own tenant only', async () => {
      const other = await api.tenant();
      const { body } = await other.api.post<{ id: string }>('/api/v1/api-keys', { name: 'CI', role: 'auditor' });
      expectProblem(await tenant.api.delete(`/api/v1/api-keys/${body.id}`), 404, 'api_key_not_found');
    });
  });

  describe('lets each role do its own', () => {
    const ACTIONS: readonly [string, 'read' | 'operate' | 'configure', (client: Client) => Promise<Answer<unknown>>][] =
      [
        ['read', 'read', (client) => client.get('/api/v1/identities')],
        ['retry', 'operate', (client) => client.post(`/api/v1/accounts/${NOBODY}/retry`)],
        [
          'send a file',
          'configure',
          (client) => client.post(`/api/v1/sources/${NOBODY}/files`, 'a', { headers: { 'content-type': 'text/csv' } }),
        ],
        ['make a source', 'configure', (client) => client.post('/api/v1/sources', CSV)],
        ['make an application', 'configure', (client) => client.post('/api/v1/applications', APPLICATION)],
        ['make a policy', 'configure', (client) => client.post('/api/v1/policies', {})],
        ['withdraw a policy', 'configure', (client) => client.delete(`/api/v1/policies/${NOBODY}`)],
        ['make a SAML connection', 'configure', (client) => client.post('/api/v1/saml-connections', {})],
      ];
    it.each([
      ['owner', ['read', 'operate', 'configure']],
      ['admin', ['read', 'operate', 'configure']],
      ['operator', ['read', 'operate']],
      ['auditor', ['read']],
      ['helpdesk', ['read']],
    ] as const)('and answers 403 to what is not: %s', async (role, rights) => {
      const client = await tenant.as(role);
      for (const [, right, act] of ACTIONS) {
        const answer = await act(client);
        if ((rights as readonly string[]).includes(right)) expect(answer.status).not.toBe(403);
        else expectProblem(answer, 403, 'right_missing');
      }
    });
  });

  describe('says what is wrong', () => {
    it.each<[string, () => Promise<Answer<unknown>>, number, string]>([
      ['a route that does not exist', () => tenant.api.get('/api/v1/nothing'), 404, 'route_unknown'],
      [
        'JSON that cannot be read',
        () => tenant.api.post('/api/v1/sources', '{', { headers: { 'content-type': 'application/json' } }),
        400,
        'request_malformed',
      ],
      [
        'a body that is too large',
        () => tenant.api.post('/api/v1/policies', { name: 'x'.repeat(3 * 1024 * 1024) }),
        413,
        'body_too_large',
      ],
      ['an id that is none', () => tenant.api.get('/api/v1/identities/7'), 400, 'request_malformed'],
      [
        'an identity that is not there',
        () => tenant.api.get(`/api/v1/identities/${NOBODY}`),
        404,
        'identity_not_found',
      ],
      [
        'an account that is not there',
        () => tenant.api.post(`/api/v1/accounts/${NOBODY}/retry`),
        404,
        'account_not_found',
      ],
      [
        'an application that is not there',
        () => tenant.api.get(`/api/v1/applications/${NOBODY}`),
        404,
        'application_not_found',
      ],
      ['an import that is not there', () => tenant.api.get(`/api/v1/imports/${NOBODY}`), 404, 'import_not_found'],
      ['a policy that is not there', () => tenant.api.get(`/api/v1/policies/${NOBODY}`), 404, 'policy_not_found'],
      [
        'a connector that is not there',
        () => tenant.api.post('/api/v1/applications', { ...APPLICATION, connector: 'fax' }),
        422,
        'connector_unknown',
      ],
      [
        'a parameter that a list does not know',
        () => tenant.api.get('/api/v1/accounts?application=x'),
        400,
        'parameter_unknown',
      ],
      [
        'a parameter that the list of people does not know',
        () => tenant.api.get('/api/v1/identities?departmen=Sales'),
        400,
        'parameter_unknown',
      ],
      ['a parameter that is no id', () => tenant.api.get('/api/v1/accounts?applicationId=x'), 400, 'parameter_invalid'],
      [
        'a parameter that comes twice',
        () => tenant.api.get('/api/v1/accounts?state=failed&state=active'),
        400,
        'parameter_invalid',
      ],
      ['a limit of nothing', () => tenant.api.get('/api/v1/accounts?limit=0'), 400, 'limit_invalid'],
      ['a limit of too many', () => tenant.api.get('/api/v1/accounts?limit=1001'), 400, 'limit_invalid'],
      ['a cursor of one’s own', () => tenant.api.get('/api/v1/accounts?cursor=x'), 400, 'cursor_invalid'],
      [
        'metadata that is none',
        () => tenant.api.post('/api/v1/saml-connections', { name: 'IdP', idpMetadataXml: '<a/>' }),
        422,
        'idp_metadata_invalid',
      ],
    ])('with a stable code: %s', async (_, ask, status, code) => {
      expectProblem(await ask(), status, code);
    });

    it('with each field of a body, and refuses one that it does not know', async () => {
      const answer = await tenant.api.post('/api/v1/sources', { kind: 'fax', surprise: 1 });
      const { faults } = expectProblem(answer, 400, 'input_invalid');
      expect(new Set(faults?.map(({ path }) => path))).toEqual(new Set(['kind', 'name', 'surprise']));
    });

    it('with each field of a body inside a body', async () => {
      const policy = {
        name: 'P',
        condition: 'true',
        grants: [{ applicationId: 'x', entitlements: [{ kind: 'group' }] }],
      };
      const { faults } = expectProblem(await tenant.api.post('/api/v1/policies', policy), 400, 'input_invalid');
      expect(faults?.map(({ path }) => path)).toEqual(
        expect.arrayContaining(['grants.0.applicationId', 'grants.0.entitlements.0.name']),
      );
    });

    it('with the position of the mistake in a filter', async () => {
      for (const [filter, offset] of [
        ['department eq', 13],
        ['departmen eq "Sales"', 0],
        ['state eq "active" and', 21],
        ['isManager co true', 0],
      ] as const) {
        const answer = await tenant.api.get(`/api/v1/identities?filter=${encodeURIComponent(filter)}`);
        const { faults } = expectProblem(answer, 400, 'filter_invalid');
        expect(faults).toMatchObject([{ path: 'filter', offset }]);
      }
    });

    it('with the position of the mistake in a policy, and with what was meant', async () => {
      const { id: applicationId } = await tenant.api.made('/api/v1/applications', APPLICATION);
      const conditionOf = async (condition: string): Promise<ProblemBody['faults']> =>
        expectProblem(
          await tenant.api.post('/api/v1/policies', {
            name: 'P',
            condition,
            grants: [{ applicationId }],
            publish: true,
          }),
          422,
          'policy_invalid',
        ).faults;
      expect(await conditionOf('identity.departmen == "Sales"')).toMatchObject([
        { path: 'condition', offset: 9, suggestion: 'department' },
      ]);
      expect(await conditionOf('identity.department == ')).toMatchObject([
        { path: 'condition', offset: expect.any(Number) },
      ]);
      expect(await conditionOf('identity.department')).toMatchObject([{ path: 'condition' }]);
      expect(await tenant.api.all('/api/v1/policies')).toEqual([]);
    });

    it('with the position of the mistake in a mapping', async () => {
      const answer = await tenant.api.post('/api/v1/applications', {
        ...APPLICATION,
        mapping: { userName: 'identity.userNam' },
      });
      const { faults } = expectProblem(answer, 422, 'application_invalid');
      expect(faults).toMatchObject([{ path: 'mapping.userName', offset: 9, suggestion: 'userName' }]);
    });

    it('with each setting of an application that is wrong', async () => {
      const answer = await tenant.api.post('/api/v1/applications', {
        ...APPLICATION,
        config: { baseUrl: 'not a URL' },
        credentials: {},
      });
      const { faults } = expectProblem(answer, 422, 'application_invalid');
      expect(faults?.map(({ path }) => path)).toEqual(expect.arrayContaining(['config.baseUrl', 'credentials.token']));
    });

    it.each([['application', '/api/v1/applications', () => APPLICATION, 'application_name_taken']])(
      'with 409 when the name of an %s is taken',
      async (_, path, body, code) => {
        await tenant.api.made(path, body());
        expectProblem(await tenant.api.post(path, body()), 409, code);
      },
    );

    it('under the request id that the caller gave', async () => {
      const headers = { 'x-request-id': 'caller-1' };
      expect((await tenant.api.get<ProblemBody>('/api/v1/nothing', { headers })).body.requestId).toBe('caller-1');
      const odd = await tenant.api.get<ProblemBody>('/api/v1/nothing', { headers: { 'x-request-id': 'a b"c' } });
      expect(odd.body.requestId).not.toBe('a b"c');
    });
  });

  describe('with an Idempotency-Key', () => {
    const post = <T = Record<string, unknown>>(
      path: string,
      body: object,
      key: string,
      client = tenant.api,
    ): Promise<Answer<T>> => client.post<T>(path, body, { headers: { 'idempotency-key': key } });

    it('gives the same answer again, without the secret', async () => {
      const [first, again] = [await post('/api/v1/sources', HRMS, 'one'), await post('/api/v1/sources', HRMS, 'one')];
      const { webhookSecret, ...rest } = first.body;
      expect(webhookSecret).toMatch(/^whsec_/);
      expect(again).toMatchObject({ status: 201 });
      expect(again.body).toEqual(rest);
      expect(await tenant.api.all('/api/v1/sources')).toHaveLength(1);
      expect(await api.database.query("SELECT FROM idempotent_answers WHERE body::text LIKE '%whsec_%'")).toEqual([]);
    });

    it('refuses the key for another request', async () => {
      await post('/api/v1/sources', HRMS, 'one');
      expectProblem(await post('/api/v1/sources', CSV, 'one'), 422, 'idempotency_key_reused');
      expectProblem(await post('/api/v1/applications', APPLICATION, 'one'), 422, 'idempotency_key_reused');
      expectProblem(await post('/api/v1/sources', CSV, 'x'.repeat(256)), 400, 'idempotency_key_too_long');
    });

    it('does it once when ten come at once, and the others are told', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => post<ProblemBody>('/api/v1/sources', HRMS, 'one')),
      );
      expect(await tenant.api.all('/api/v1/sources')).toHaveLength(1);
      for (const { status, body } of answers)
        if (status !== 201) expect([status, body.code]).toEqual([409, 'idempotency_key_in_use']);
    });

    it('lets the key be used again after a mistake', async () => {
      expectProblem(
        await post('/api/v1/sources', { kind: 'csv', name: 'File', mapping: { what: 'x' } }, 'one'),
        422,
        'mapping_invalid',
      );
      expect(await post('/api/v1/sources', CSV, 'one')).toMatchObject({ status: 201 });
    });

    it('keeps the keys of two callers apart', async () => {
      const [first, second] = [
        await post('/api/v1/sources', CSV, 'one'),
        await post('/api/v1/sources', { ...CSV, name: 'Other' }, 'one', await tenant.as('admin')),
      ];
      expect([first.status, second.status]).toEqual([201, 201]);
    });
  });

  describe('lists people', () => {
    const NUMBERS = Array.from({ length: 7 }, (_, index) => String(index + 1));
    beforeEach(async () => {
      const hr = await HrSystem.connect(tenant.api);
      for (const number of NUMBERS)
        await hr.event('employee.created', {
          employeeNumber: number,
          email: `p${number}@example.com`,
          department: Number(number) % 2 ? 'Sales' : 'IT',
          ...(number !== '1' && { managerEmployeeNumber: '1' }),
        });
    });
    const numbers = async (query: string): Promise<string[]> =>
      (await tenant.api.all<{ employeeNumber: string }>(`/api/v1/identities${query}`))
        .map(({ employeeNumber }) => employeeNumber)
        .sort();

    it('page by page, each once, in one order', async () => {
      const first = await tenant.api.get<Page<{ id: string }>>('/api/v1/identities?limit=3');
      expect(first.body.items).toHaveLength(3);
      expect(first.body.nextCursor).toBe(first.body.items[2]?.id);
      expect(await numbers('?limit=3')).toEqual(NUMBERS);
      expect(await numbers('?limit=7')).toEqual(NUMBERS);
      expect((await tenant.api.get<Page<object>>('/api/v1/identities?limit=7')).body).not.toHaveProperty('nextCursor');
    });

    it.each([
      ['department eq "Sales"', ['1', '3', '5', '7']],
      ['department ne "Sales" and employeeNumber gt "3"', ['4', '6']],
      ['email eq "P2@EXAMPLE.com"', ['2']],
      ['email sw "p1" or email sw "P7"', ['1', '7']],
      ['isManager eq true', ['1']],
      ['not (department eq "Sales") and not (employeeNumber eq "2")', ['4', '6']],
      ['managerId pr and (employeeNumber eq "1" or employeeNumber eq "2")', ['2']],
      ['displayName co "\' OR true --"', []],
      ['id eq "nothing"', []],
    ])('that a filter finds: %s', async (filter, found) => {
      expect(await numbers(`?filter=${encodeURIComponent(filter)}`)).toEqual(found);
    });

    it('of this tenant alone, also by filter', async () => {
      const other = await api.tenant();
      expect(
        await other.api.all(`/api/v1/identities?filter=${encodeURIComponent('state pr or not (state pr)')}`),
      ).toEqual([]);
    });
  });
});
