import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createLog, SystemClock, type Database } from '@tenure/platform';
import { Sessions } from '@tenure/tenancy';
import { startTestApi, startTestWorker, type ApiTenant, type TestApi } from '../../../../test/support/api.js';
import { Client, type Answer, type Page, type ProblemBody } from '../../../../test/support/client.js';
import { eventually } from '../../../../test/support/eventually.js';
import { connect } from '../../../../test/support/platform.js';

interface Grant {
  readonly id: string;
  readonly state: string;
}
interface Request {
  readonly id: string;
  readonly state: string;
  readonly approvalId: string;
  readonly endsAt: string | null;
}
interface Simulated {
  readonly evaluated: number;
  readonly gaining: { readonly people: number };
  readonly losing: { readonly people: number };
}

const GROUP = { kind: 'group', name: 'Admins' };
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe('access by the API', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let doors: Database;
  let application: string;
  let ada: string;
  beforeAll(async () => {
    api = await startTestApi();
    doors = await connect(api.database);
  });
  afterAll(async () => {
    await doors.close();
    await api.close();
  });
  beforeEach(async () => {
    tenant = await api.tenant();
    ({ id: application } = await tenant.api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      mode: 'observe',
      config: { baseUrl: 'http://127.0.0.1:1/scim/v2' },
      credentials: { token: 't' },
      mapping: { userName: 'identity.email' },
    }));
    ada = await person('ada');
  });

  async function person(name: string, managerId: string | null = null): Promise<string> {
    const [id] = await api.database.query<{ id: string }>(
      `INSERT INTO identities (tenant_id, id, state, attributes, lineage, display_name, department, manager_id)
       VALUES ($1, gen_random_uuid(), 'active', $2, '{}', $3, 'IT', $4) RETURNING id`,
      [tenant.tenantId, JSON.stringify({ email: `${name}@example.com`, department: 'IT' }), name, managerId],
    );
    return id!.id;
  }

  const give = (more: object = {}): Promise<Answer<Grant & ProblemBody>> =>
    tenant.api.post('/api/v1/grants', {
      identityId: ada,
      applicationId: application,
      entitlement: GROUP,
      reason: 'audit',
      ...more,
    });
  const policy = (more: object = {}): object => ({
    name: 'Everyone',
    condition: 'true',
    grants: [{ applicationId: application, entitlements: [GROUP] }],
    publish: true,
    ...more,
  });
  /** A browser in which somebody is signed in. */
  async function portal(identityId: string, headers: Record<string, string> = { origin: api.url }): Promise<Client> {
    const session = { identityId, connectionId: identityId, nameId: 'spec' };
    const { token } = await doors.transaction(tenant.tenantId, (tx) =>
      new Sessions(doors, new SystemClock()).open(tx, session),
    );
    return new Client(api.url, { ...headers, cookie: `tenure=${token}` });
  }

  describe('grants', () => {
    it('are given, listed by state, extended and ended', async () => {
      const later = await give({ startsAt: inMs(60_000), endsAt: inMs(120_000) });
      const now = await give();
      expect([later.status, later.body.state, now.body.state]).toEqual([201, 'scheduled', 'active']);
      const listed = async (query: string): Promise<string[]> =>
        (await tenant.api.all<Grant>(`/api/v1/grants?${query}`)).map(({ id }) => id);
      expect(await listed('state=scheduled')).toEqual([later.body.id]);
      expect(await listed(`state=active&identityId=${ada}`)).toEqual([now.body.id]);
      const { id } = now.body;
      expect(
        await tenant.api.post(`/api/v1/grants/${id}/extend`, { endsAt: inMs(9_000_000), reason: 'more' }),
      ).toMatchObject({ status: 200 });
      expect(await tenant.api.post(`/api/v1/grants/${id}/end`, { reason: 'done' })).toMatchObject({
        status: 200,
        body: { state: 'ended', endReason: 'done' },
      });
      expect(await listed(`state=ended&applicationId=${application}`)).toEqual([id]);
    });

    it.each<[string, object, number, string, string]>([
      ['no reason', { reason: undefined }, 400, 'input_invalid', 'reason'],
      ['a blank reason', { reason: '  ' }, 400, 'input_invalid', 'reason'],
      ['a day that does not exist', { endsAt: '2027-02-30T10:00:00Z' }, 400, 'input_invalid', 'endsAt'],
      ['a moment without an offset', { endsAt: '2027-02-03T10:00:00' }, 400, 'input_invalid', 'endsAt'],
      ['an end that is past', { endsAt: '2020-02-03T10:00:00Z' }, 422, 'grant_invalid', 'endsAt'],
    ])('are refused with %s', async (_, more, status, code, path) => {
      expect(await give(more)).toMatchObject({
        status,
        body: { code, faults: expect.arrayContaining([expect.objectContaining({ path })]) },
      });
    });

    it('end on the minute also when no worker was there, and Redis has forgotten everything', async () => {
      const log = createLog('worker', 'silent');
      const worker = await startTestWorker(api.database, api.redisUrl, log);
      const endsAt = inMs(5_000);
      await give({ endsAt });
      const wanted = (): Promise<{ wanted: boolean }[]> =>
        api.database.query(
          `SELECT m.wanted FROM entitlement_members m JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
           WHERE a.tenant_id = $1 AND a.identity_id = $2`,
          [tenant.tenantId, ada],
        );
      await eventually(wanted, ([row]) => row?.wanted === true);
      await worker.close();
      await eventually(() => Promise.resolve(Date.now() > Date.parse(endsAt)));
      const redis = new Redis(api.redisUrl);
      await redis.flushdb();
      redis.disconnect();
      expect(await wanted()).toEqual([{ wanted: true }]);
      const again = await startTestWorker(api.database, api.redisUrl, log);
      await eventually(wanted, ([row]) => row?.wanted === false);
      await again.close();
    });
  });

  describe('policies', () => {
    it('are drafted, simulated, published, put back and withdrawn', async () => {
      const simulated = (body: object): Promise<Answer<Simulated>> =>
        tenant.api.post('/api/v1/policies/simulate', body);
      expect(await simulated(policy({ publish: undefined }))).toMatchObject({
        status: 200,
        body: { evaluated: 1, gaining: { people: 1 }, losing: { people: 0 } },
      });
      const { body } = await tenant.api.post<{ id: string }>('/api/v1/policies', policy({ publish: false }));
      const { id } = body;
      expect(await tenant.api.post(`/api/v1/policies/${id}/publish`, {})).toMatchObject({
        status: 200,
        body: { id, version: 1 },
      });
      expect(
        await tenant.api.put(`/api/v1/policies/${id}`, policy({ condition: 'false', publish: false })),
      ).toMatchObject({ body: { version: 2 } });
      expect((await simulated({ policyId: id, version: 2 })).body.gaining).toMatchObject({ people: 0 });
      expect(await tenant.api.post(`/api/v1/policies/${id}/publish`, { version: 2 })).toMatchObject({ status: 200 });
      expect((await tenant.api.delete(`/api/v1/policies/${id}`)).status).toBe(204);
      expect(await simulated({})).toMatchObject({ status: 400, body: { code: 'nothing_to_simulate' } });
    });

    it('are refused with every mistake at once', async () => {
      const wrong = policy({
        condition: 'identity.departmen == "IT"',
        priority: 2_000_000,
        overlap: { days: 91, then: 'remove' },
        enabledFrom: '2027-01-02T00:00:00Z',
        enabledUntil: '2027-01-01T00:00:00Z',
      });
      const { status, body } = await tenant.api.post<ProblemBody>('/api/v1/policies', wrong);
      expect([status, body.faults?.map(({ path }) => path)]).toEqual([
        422,
        ['condition', 'priority', 'overlap.days', 'enabledUntil'],
      ]);
      expect(body.faults?.[0]).toMatchObject({ offset: 9, suggestion: 'department' });
    });

    it('and mappings answer 202 when they would take too much, and nothing takes effect', async () => {
      const { body } = await tenant.api.post<{ id: string }>('/api/v1/policies', policy());
      const worker = await startTestWorker(api.database, api.redisUrl, createLog('worker', 'silent'));
      await eventually(
        () => tenant.api.all<{ accessVersion: number }>('/api/v1/accounts'),
        ({ length }) => length === 1,
      );
      await api.database.query(
        `INSERT INTO settings (tenant_id, section, version, value, changed_by, changed_at) VALUES ($1, 'access', 1, $2, 'spec', now())`,
        [tenant.tenantId, JSON.stringify({ publishLimit: { people: 0, percent: 0 } })],
      );
      const held = { held: { holdId: expect.any(String), effect: { people: 1, of: 1, sample: [ada] } } };
      expect(await tenant.api.put(`/api/v1/policies/${body.id}`, policy({ condition: 'false' }))).toMatchObject({
        status: 202,
        body: { id: body.id, version: 2, ...held },
      });
      expect(await tenant.api.delete(`/api/v1/policies/${body.id}`)).toMatchObject({ status: 202, body: held });
      const mapping = { userName: '"x" + identity.email' };
      expect(await tenant.api.post(`/api/v1/applications/${application}/mapping/simulate`, { mapping })).toMatchObject({
        status: 200,
        body: { changing: { people: 1, byAttribute: [{ attribute: 'userName', people: 1 }] }, failing: { people: 0 } },
      });
      expect(await tenant.api.patch(`/api/v1/applications/${application}`, { mapping, mode: 'enforce' })).toMatchObject(
        {
          status: 202,
          body: { mode: 'enforce', mapping: { userName: 'identity.email' }, ...held },
        },
      );
      expect(await tenant.api.get(`/api/v1/policies/${body.id}`)).toMatchObject({
        body: { publishedVersion: 1, latestVersion: 2 },
      });
      await worker.close();
    });
  });

  describe('requests', () => {
    beforeEach(() => tenant.api.made('/api/v1/policies', policy({ request: { maxMinutes: 60, approval: 'manager' } })));
    const WISH = { entitlement: GROUP, minutes: 30, reason: 'on call' };

    it('go from an employee’s session to the manager’s, and begin with the answer', async () => {
      const boss = await person('boss');
      const ben = await portal(await person('ben', boss));
      expect(await ben.get('/me/requestable')).toMatchObject({
        body: { items: [{ application: 'Directory', entitlement: GROUP, maxMinutes: 60, approval: 'manager' }] },
      });
      const asked = await ben.post<Request>('/me/requests', { applicationId: application, ...WISH });
      expect(asked).toMatchObject({ status: 201, body: { state: 'pending', waitsFor: 'the person’s manager' } });
      const manager = await portal(boss);
      const waiting = (await manager.get<Page<Request>>('/me/approvals')).body.items;
      expect(waiting).toMatchObject([{ id: asked.body.id, person: { displayName: 'ben' } }]);
      expect(
        await manager.post(`/me/approvals/${waiting[0]?.approvalId ?? ''}`, { decision: 'approve', reason: 'ok' }),
      ).toMatchObject({ status: 200, body: { state: 'approved' } });
      const [mine] = (await ben.get<Page<Request>>('/me/requests')).body.items;
      expect(Date.parse(mine?.endsAt ?? '')).toBeGreaterThan(Date.now() + 29 * 60_000);
      expect(await ben.post(`/me/requests/${asked.body.id}/cancel`)).toMatchObject({ status: 409 });
    });

    it('go to the owner of the application, who must be somebody who has not left', async () => {
      const path = `/api/v1/applications/${application}`;
      expect(await tenant.api.patch(path, { ownerId: application })).toMatchObject({
        status: 422,
        body: { code: 'application_invalid', faults: [{ path: 'ownerId' }] },
      });
      const owner = await person('owner');
      expect(await tenant.api.patch(path, { ownerId: owner })).toMatchObject({ status: 200, body: { ownerId: owner } });
      const terms = { name: 'By owner', priority: 1, request: { maxMinutes: 60, approval: 'owner' } };
      await tenant.api.made('/api/v1/policies', policy(terms));
      const { body } = await (await portal(ada)).post('/me/requests', { applicationId: application, ...WISH });
      expect(body).toMatchObject({ approvals: [{ approverKind: 'owner', approverId: owner }] });
    });

    it('can be made and answered by an admin', async () => {
      const { body } = await tenant.api.post<Request>('/api/v1/requests', {
        identityId: ada,
        applicationId: application,
        ...WISH,
      });
      expect(body).toMatchObject({ state: 'pending', waitsFor: expect.stringMatching(/^an administrator/) });
      expect(await tenant.api.all(`/api/v1/requests?state=pending&identityId=${ada}`)).toHaveLength(1);
      expect(
        await tenant.api.post(`/api/v1/requests/${body.id}/decide`, { decision: 'deny', reason: 'no' }),
      ).toMatchObject({ status: 200, body: { state: 'denied' } });
      expect(
        (
          await (
            await tenant.as('auditor')
          ).post(`/api/v1/requests/${body.id}/decide`, { decision: 'deny', reason: 'no' })
        ).status,
      ).toBe(403);
    });

    it.each<[string, Record<string, string>]>([
      ['another site', { origin: 'https://evil.example' }],
      ['a page that does not say where it is', {}],
      ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ])('are not taken from %s, cookie or not', async (_, headers) => {
      const eve = await portal(ada, headers);
      expect(await eve.post('/me/requests', { applicationId: application, ...WISH })).toMatchObject({
        status: 403,
        body: { code: 'cross_site' },
      });
      expect((await eve.get('/me/requests')).status).toBe(200);
    });

    it('need a session', async () => {
      const nobody = new Client(api.url, { origin: api.url });
      expect(await nobody.post('/me/requests', { applicationId: application, ...WISH })).toMatchObject({ status: 401 });
    });
  });
});
