import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { importFile } from '../support/import-file.js';

interface Person {
  readonly id: string;
  readonly state: string;
  readonly employeeNumber?: string;
  readonly mergedInto: string | null;
}
interface Whole extends Person {
  readonly version: number;
  readonly accessVersion: number;
  readonly records: readonly { readonly id: string; readonly key: string }[];
  readonly cases: readonly { readonly id: string; readonly kind: string; readonly concerns: string }[];
  readonly override: { readonly state: string } | null;
}
interface CaseView {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly subjectId: string;
  readonly actions: readonly string[];
}

const ADA = { employeeNumber: '7', email: 'ada@example.com', department: 'Sales' };
const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

describe('what an admin decides', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let hr: HrSystem;
  let ada: string;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
    ada = String((await hr.event('employee.created', ADA)).body.identityId);
  });

  const whole = async (id = ada): Promise<Whole> => (await tenant.api.get<Whole>(`/api/v1/identities/${id}`)).body;
  const act = <Body = Record<string, unknown>>(
    action: string,
    body: object,
    id = ada,
  ): ReturnType<typeof tenant.api.post<Body>> => tenant.api.post<Body>(`/api/v1/identities/${id}/${action}`, body);
  const cases = (query = '?state=open'): Promise<CaseView[]> => tenant.api.all(`/api/v1/cases${query}`);

  describe('about a state', () => {
    it('stands over what sources say, is shown with its reason, and is lifted', async () => {
      const until = soon(60);
      expect(await act('suspend', { reason: 'investigation', until })).toMatchObject({
        status: 200,
        body: { state: 'suspended', override: { reason: 'investigation', endsAt: until } },
      });
      await hr.event('employee.updated', { employeeNumber: '7', title: 'Countess' });
      expect(await whole()).toMatchObject({
        state: 'suspended',
        title: 'Countess',
        dueAt: until,
        stateSince: expect.any(String),
        stateReason: { fact: 'override' },
        override: { state: 'suspended', reason: 'investigation' },
      });
      expect(await act('lift-override', { reason: 'nothing was found' })).toMatchObject({ body: { state: 'active' } });
      expect(await whole()).toMatchObject({ state: 'active', override: null });
      expect(await act<ProblemBody>('lift-override', { reason: 'again' })).toMatchObject({
        status: 409,
        body: { code: 'no_override' },
      });
    });

    it('ends by itself', async () => {
      await act('terminate', { reason: 'left', from: soon(60) });
      expect(await whole()).toMatchObject({ state: 'active', override: { state: 'terminated' } });
      await api.database.query(
        'UPDATE overrides SET starts_at = clock_timestamp(), ends_at = NULL WHERE tenant_id = $1',
        [tenant.tenantId],
      );
      await api.database.query('UPDATE identities SET due_at = clock_timestamp() WHERE id = $1', [ada]);
      await eventually(whole, ({ state }) => state === 'terminated');
    });

    it.each<[string, object, number, string]>([
      ['suspend', {}, 400, 'input_invalid'],
      ['suspend', { reason: ' ' }, 400, 'input_invalid'],
      ['suspend', { reason: 'x', until: 'tomorrow' }, 400, 'input_invalid'],
      ['suspend', { reason: 'x', until: '2020-01-01T00:00:00Z' }, 422, 'override_ends_early'],
      ['terminate', { reason: 'x', until: soon(60) }, 422, 'termination_ends'],
      ['activate', { reason: 'x' }, 422, 'override_endless'],
      ['suspend', { reason: 'x', for: '2 days' }, 400, 'input_invalid'],
    ])('is refused where it cannot be: %s %j', async (action, body, status, code) => {
      expect(await act<ProblemBody>(action, body)).toMatchObject({ status, body: { code } });
      expect(await whole()).toMatchObject({ state: 'active', override: null });
    });

    it('protects a person from what sources say; what they would do is a question', async () => {
      const path = `/api/v1/identities/${ada}/protection`;
      expect(await tenant.api.put(path, { reason: 'break-glass' })).toMatchObject({
        status: 200,
        body: { protectedReason: 'break-glass' },
      });
      await hr.event('employee.terminated', { employeeNumber: '7' });
      expect(await whole()).toMatchObject({ state: 'active', cases: [{ kind: 'protected' }] });
      expect((await tenant.api.delete(path)).status).toBe(204);
      expect(await whole()).toMatchObject({ state: 'terminated', protectedReason: null, cases: [] });
    });

    it('needs the right to', async () => {
      const [helpdesk, operator] = [await tenant.as('helpdesk'), await tenant.as('operator')];
      const path = `/api/v1/identities/${ada}`;
      expect((await helpdesk.post(`${path}/suspend`, { reason: 'x' })).status).toBe(403);
      expect((await operator.post(`${path}/suspend`, { reason: 'x' })).status).toBe(200);
      expect((await operator.put(`${path}/protection`, { reason: 'x' })).status).toBe(403);
      expect((await operator.post(`${path}/activate`, { reason: 'x', until: soon(5) })).status).toBe(403);
      const theirs = (await api.tenant()).api;
      expect((await theirs.post(`${path}/suspend`, { reason: 'x' })).status).toBe(404);
    });
  });

  describe('about two who are one', () => {
    let ben: string;
    beforeEach(async () => {
      const other = { employeeNumber: '8', email: 'a.l@example.com' };
      ben = String((await hr.event('employee.created', other)).body.identityId);
    });
    const application = async (name: string, condition: string): Promise<string> => {
      const config = { baseUrl: 'http://127.0.0.1:1/scim/v2' };
      const app = { name, connector: 'scim', config, credentials: { token: 'x' } };
      const { id: applicationId } = await tenant.api.made('/api/v1/applications', app);
      await tenant.api.made('/api/v1/policies', { name, condition, grants: [{ applicationId }], publish: true });
      return applicationId;
    };

    it('keeps every account: the other’s come over, and where both have one a person is asked', async () => {
      const both = await application('Directory', 'true');
      const bens = await application('Wiki', 'identity.employeeNumber == "8"');
      const accounts = (): Promise<{ id: string; identityId: string; applicationId: string }[]> =>
        tenant.api.all('/api/v1/accounts');
      await eventually(accounts, ({ length }) => length === 3);
      const before = (await accounts()).map(({ id }) => id);
      const expected = {
        moved: [expect.objectContaining({ applicationId: bens })],
        duplicated: [expect.objectContaining({ applicationId: both })],
      };
      const preview = await act('merge?preview=true', { otherId: ben, reason: 'one person' });
      expect(preview.body.accounts).toEqual(expected);
      expect((await act('merge', { otherId: ben, reason: 'one person' })).body.accounts).toEqual(expected);
      expect((await accounts()).map(({ id }) => id)).toEqual(before);
      expect((await accounts()).find(({ applicationId }) => applicationId === bens)?.identityId).toBe(ada);
      expect(await cases('?kind=duplicate_account&state=open')).toMatchObject([{ subjectId: ada }]);
      expect((await whole()).cases).toMatchObject([{ kind: 'duplicate_account', concerns: 'subject' }]);
      expect((await whole(ben)).cases).toMatchObject([{ kind: 'duplicate_account', concerns: 'other' }]);
    });

    it('is previewed without a trace, then done: the records are the survivor’s, the other names it', async () => {
      const isComputed = ({ version, accessVersion }: Whole): boolean => accessVersion === version;
      const before = [await eventually(whole, isComputed), await eventually(() => whole(ben), isComputed)];
      const preview = await act<{ identity: Person; other: Person; records: object[] }>('merge?preview=true', {
        otherId: ben,
        reason: 'one person',
      });
      expect(preview).toMatchObject({ status: 200, body: { identity: { id: ada }, other: { mergedInto: ada } } });
      expect([await whole(), await whole(ben)]).toEqual(before);

      const done = await act<{ identity: Person }>('merge', { otherId: ben, reason: 'one person' });
      expect(done.body.identity).toMatchObject({ id: ada, state: preview.body.identity.state });
      expect((await whole()).records.map(({ key }) => key).sort()).toEqual(['7', '8']);
      expect(await whole(ben)).toMatchObject({ mergedInto: ada, records: [] });
    });

    it.each([
      ['itself', () => ada, 422, 'same_identity'],
      ['nobody', () => '01900000-0000-7000-8000-000000000000', 404, 'identity_not_found'],
    ])('is refused with %s', async (_, otherId, status, code) => {
      expect(await act<ProblemBody>('merge', { otherId: otherId(), reason: 'x' })).toMatchObject({
        status,
        body: { code },
      });
    });
  });

  describe('about a record that may be somebody’s', () => {
    let record: string;
    beforeEach(async () => {
      const { id } = await tenant.api.made('/api/v1/sources', { kind: 'csv', name: 'File' });
      await importFile(tenant.api, id, 'employeeNumber,email\n9,ada@example.com');
      [record = ''] = (await tenant.api.all<{ id: string }>('/api/v1/source-records?unresolved=true')).map(
        ({ id: r }) => r,
      );
    });
    const answer = <Body = Record<string, unknown>>(
      id: string,
      body: object,
    ): ReturnType<typeof tenant.api.post<Body>> => tenant.api.post<Body>(`/api/v1/cases/${id}/resolve`, body);

    it('is asked as a case, and answered: it is Ada', async () => {
      const [open] = await cases('?kind=correlation&state=open');
      expect(open).toMatchObject({ subjectId: record, actions: ['link', 'create', 'retry', 'dismiss'] });
      expect(await answer(open!.id, { action: 'link', identityId: ada, reason: 'I know her' })).toMatchObject({
        status: 200,
        body: { identityId: ada, case: { state: 'resolved', actions: [] } },
      });
      expect((await whole()).records).toHaveLength(2);
      expect(await answer<ProblemBody>(open!.id, { action: 'create' })).toMatchObject({
        status: 409,
        body: { code: 'case_closed' },
      });
      const facts = await api.database.query('SELECT verb FROM journal WHERE subject_id = $1', [open!.id]);
      expect(facts).toEqual([{ verb: 'case.answered' }]);
    });

    it('is shown on whoever may be meant, as long as it is open', async () => {
      const [open] = await cases('?kind=correlation&state=open');
      expect((await whole()).cases).toMatchObject([{ id: open!.id, kind: 'correlation', concerns: 'candidate' }]);
      const stranger = await api.tenant();
      expect((await stranger.api.get(`/api/v1/identities/${ada}`)).status).toBe(404);
      await answer(open!.id, { action: 'create' });
      expect((await whole()).cases).toEqual([]);
    });

    it('is somebody new', async () => {
      const [open] = await cases();
      const { body } = await answer(open!.id, { action: 'create' });
      expect(await whole(String(body.identityId))).toMatchObject({ employeeNumber: '9', state: 'active' });
      expect(await cases()).toEqual([]);
    });

    it('remains a question when nothing has changed, and is left when it is dismissed', async () => {
      const [open] = await cases();
      expect(await answer(open!.id, { action: 'retry' })).toMatchObject({ body: { case: { state: 'open' } } });
      expect(await answer(open!.id, { action: 'dismiss', reason: 'a test' })).toMatchObject({
        body: { case: { state: 'dismissed' } },
      });
      expect(await tenant.api.get(`/api/v1/cases/${open!.id}`)).toMatchObject({
        body: { resolution: { action: 'dismiss', reason: 'a test' } },
      });
    });

    it.each<[object, string]>([
      [{ action: 'link' }, 'identityId'],
      [{ action: 'retry', identityId: '01900000-0000-7000-8000-000000000000' }, 'identityId'],
    ])('is not answered by %j', async (body, path) => {
      const [open] = await cases();
      expect(await answer<ProblemBody>(open!.id, body)).toMatchObject({
        status: 422,
        body: { code: 'case_action_unfit', faults: [{ path }] },
      });
    });

    it('is decided with the right to configure; weighing it anew needs less', async () => {
      const [open] = await cases();
      const operator = await tenant.as('operator');
      const path = `/api/v1/cases/${open!.id}/resolve`;
      expect((await operator.post(path, { action: 'create' })).status).toBe(403);
      expect((await operator.post(path, { action: 'retry' })).status).toBe(200);
      expect((await (await tenant.as('auditor')).post(path, { action: 'retry' })).status).toBe(403);
      expect((await (await api.tenant()).api.post(path, { action: 'retry' })).status).toBe(404);
    });

    it('is given, parted and weighed by its own routes too', async () => {
      const post = (action: string, body?: object): ReturnType<typeof tenant.api.post> =>
        tenant.api.post(`/api/v1/source-records/${record}/${action}`, body);
      expect(await post('retry')).toMatchObject({ status: 200, body: { outcome: 'unresolved' } });
      expect(await post('link', { identityId: ada })).toMatchObject({ status: 200, body: { identityId: ada } });
      const parted = await post('unlink');
      expect(parted.status).toBe(200);
      expect((await whole()).records).toHaveLength(1);
      expect(await whole((parted.body as { identityId: string }).identityId)).toMatchObject({
        employeeNumber: '9',
      });
    });
  });

  describe('about the rules', () => {
    it('is a section that is replaced whole, with the defaults for what is left out', async () => {
      const { body } = await tenant.api.get<{ version: number; settings: { absence: object } }>(
        '/api/v1/settings/identity',
      );
      expect(body).toMatchObject({ version: 0, settings: { absence: { graceDays: null, becomes: 'terminated' } } });
      const absence = { graceDays: 3, becomes: 'suspended', limit: { people: 5, percent: 1 } };
      expect(await tenant.api.put('/api/v1/settings/identity', { absence })).toMatchObject({
        status: 200,
        body: { version: 1, settings: { absence } },
      });
      const publishLimit = { people: 10, percent: 10 };
      expect(await tenant.api.put('/api/v1/settings/access', { publishLimit })).toMatchObject({
        body: { version: 1, settings: { publishLimit, requests: { answerWithinHours: 72 } } },
      });
      expect(await tenant.api.get('/api/v1/settings/access')).toMatchObject({ body: { version: 1 } });
    });

    it.each<[string, object, object]>([
      ['identity', { absense: {} }, { path: 'absense', suggestion: 'absence' }],
      ['identity', { absence: { graceDays: -1 } }, { path: 'absence.graceDays' }],
      [
        'identity',
        { merge: { department: { strategy: 'expression', expression: 'value +' } } },
        { path: 'merge.department.expression', offset: expect.any(Number) },
      ],
      ['access', { publishLimits: {} }, { path: 'publishLimits', suggestion: 'publishLimit' }],
      ['access', { publishLimit: { people: -1 } }, { path: 'publishLimit.people' }],
    ])('is refused with the place of the mistake: %s %j', async (section, body, fault) => {
      const answer = await tenant.api.put<ProblemBody>(`/api/v1/settings/${section}`, body);
      expect(answer).toMatchObject({ status: 422, body: { code: 'settings_invalid' } });
      expect(answer.body.faults).toContainEqual(expect.objectContaining(fault));
      expect(await tenant.api.get(`/api/v1/settings/${section}`)).toMatchObject({ body: { version: 0 } });
    });

    it('needs the right to', async () => {
      expect((await (await tenant.as('operator')).put('/api/v1/settings/identity', {})).status).toBe(403);
      expect((await (await tenant.as('auditor')).get('/api/v1/settings/identity')).status).toBe(200);
    });
  });

  it('can be understood later: the values that an attribute had, where from, since when', async () => {
    await hr.event('employee.updated', { employeeNumber: '7', department: 'IT', custom: { costCenter: 'CC-1' } });
    const { body } = await tenant.api.get<{ items: object[] }>(`/api/v1/identities/${ada}/attributes/department`);
    const { records } = await whole();
    expect(body.items).toMatchObject([
      { value: 'IT', actor: `source:${hr.source.id}`, origin: { sourceId: hr.source.id, recordId: records[0]?.id } },
      { value: 'Sales', verb: 'identity.joined', origin: { sourceId: hr.source.id } },
    ]);
    const attribute = (name: string): ReturnType<typeof tenant.api.get<{ items: object[] }>> =>
      tenant.api.get<{ items: object[] }>(`/api/v1/identities/${ada}/attributes/${name}`);
    expect((await attribute('custom.costCenter')).body.items).toMatchObject([{ value: 'CC-1' }]);
    expect((await attribute('state')).body.items).toMatchObject([{ value: 'active' }]);
    expect(await attribute('departmnt')).toMatchObject({
      status: 404,
      body: { code: 'attribute_unknown', detail: expect.stringContaining('department') },
    });
  });
});
