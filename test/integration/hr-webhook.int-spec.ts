import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventBody, HrSystem } from '../support/hr.js';

const MINUTE = 60_000;
const ADA = {
  employeeNumber: '7',
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  department: 'Sales',
  status: 'active',
};

describe('the HR webhook', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let hr: HrSystem;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
  });

  const people = (): Promise<Record<string, unknown>[]> => tenant.api.all('/api/v1/identities');
  const events = (): Promise<Record<string, unknown>[]> =>
    api.database.query(
      'SELECT type, outcome, reason, payload FROM inbound_events WHERE tenant_id = $1 ORDER BY received_at',
      [tenant.tenantId],
    );

  it('answers 202 when record, identity and journal are committed', async () => {
    const answer = await hr.event('employee.created', ADA);
    expect(answer).toMatchObject({ status: 202, body: { outcome: 'applied' } });
    const [ada] = await people();
    expect(ada).toMatchObject({ id: answer.body.identityId, employeeNumber: '7', givenName: 'Ada', state: 'active' });
    expect(
      (await tenant.api.get<{ history: object[] }>(`/api/v1/identities/${String(ada?.id)}`)).body.history,
    ).toMatchObject([
      {
        verb: 'identity.joined',
        door: 'hrms',
        actor: `source:${hr.source.id}`,
        requestId: answer.headers.get('x-request-id'),
      },
    ]);
    expect(await events()).toMatchObject([{ type: 'employee.created', outcome: 'applied' }]);
  });

  it.each<[string, () => ReturnType<HrSystem['event']>]>([
    [
      'another secret',
      () => hr.event('employee.created', ADA, { secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }),
    ],
    [
      'a time six minutes ago',
      () => hr.event('employee.created', ADA, { signedAt: new Date(Date.now() - 6 * MINUTE) }),
    ],
    ['a time in six minutes', () => hr.event('employee.created', ADA, { signedAt: new Date(Date.now() + 6 * MINUTE) })],
    ['no signature', () => tenant.api.post(hr.source.webhookUrl, JSON.stringify({ type: 'employee.created' }))],
  ])('answers 401 to %s, and writes nothing', async (_, send) => {
    expect(await send()).toMatchObject({ status: 401, body: { code: 'webhook_signature_invalid' } });
    expect([await people(), await events()]).toEqual([[], []]);
  });

  it('answers 401 to a body that is another than the signed one', async () => {
    const body = eventBody('employee.created', ADA);
    const headers = hr.headersFor({ body });
    expect(await tenant.api.post(hr.source.webhookUrl, body.replace('Sales', 'Board'), { headers })).toMatchObject({
      status: 401,
    });
    expect(await people()).toEqual([]);
  });

  it('takes a time within five minutes', async () => {
    expect(await hr.event('employee.created', ADA, { signedAt: new Date(Date.now() - 4 * MINUTE) })).toMatchObject({
      status: 202,
    });
  });

  it('answers 409 to a replay; the same message signed anew is a duplicate, and all is well', async () => {
    const [signedAt, body] = [new Date(), eventBody('employee.created', ADA)];
    const delivery = { messageId: 'msg_1', signedAt, body };
    expect(await hr.deliver(delivery)).toMatchObject({ status: 202 });
    expect(await hr.deliver(delivery)).toMatchObject({ status: 409, body: { code: 'webhook_replayed' } });
    expect(await hr.deliver({ ...delivery, signedAt: new Date(signedAt.getTime() + 2_000) })).toMatchObject({
      status: 202,
      body: { outcome: 'duplicate' },
    });
    expect(await events()).toHaveLength(1);
    expect(await people()).toMatchObject([{ version: 1 }]);
  });

  it('applies one of twenty deliveries of the same message at once', async () => {
    const body = eventBody('employee.created', ADA);
    const signedAt = new Date();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => hr.deliver({ messageId: 'msg_1', signedAt, body })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array<number>(19).fill(409)]);
    expect(await people()).toHaveLength(1);
  });

  it('stores and counts an event of a type that it does not know', async () => {
    const before = await counted('unknown_type');
    expect(await hr.event('employee.promoted', ADA)).toMatchObject({ status: 202, body: { outcome: 'unknown_type' } });
    expect(await events()).toMatchObject([
      { type: 'employee.promoted', outcome: 'unknown_type', payload: { employee: ADA } },
    ]);
    expect(await people()).toEqual([]);
    expect(await counted('unknown_type')).toBe(before + 1);
  });

  it.each<[string, string, object[]]>([
    ['no type', '{"id":"1"}', [{ path: 'type' }]],
    ['no employee', '{"id":"1","type":"employee.created","occurredAt":"2026-01-01T00:00:00Z"}', [{ path: 'employee' }]],
    ['no list of fields', '[1]', [{ path: '' }]],
    [
      'values that cannot be',
      '{"id":"1","type":"employee.created","occurredAt":"soon","employee":{"employeeNumber":7,"email":"nobody","startDate":"2026-13-01","status":"busy","nickname":"A"}}',
      [
        'occurredAt',
        'employee.employeeNumber',
        'employee.email',
        'employee.startDate',
        'employee.status',
        'employee.nickname',
      ].map((path) => ({ path })),
    ],
  ])('answers 400 to %s, with each mistake', async (_, body, faults) => {
    const answer = await hr.deliver<ProblemBody>({ body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'event_malformed' } });
    expect(answer.body.faults).toEqual(expect.arrayContaining(faults.map((fault) => expect.objectContaining(fault))));
    expect([await people(), await events()]).toEqual([[], []]);
  });

  it.each(['', '{', 'employee'])('answers 400 to %p, which is no JSON', async (body) => {
    expect(await hr.deliver({ body })).toMatchObject({ status: 400, body: { code: 'body_not_json' } });
  });

  it('answers 404 where there is no source, or one of another kind', async () => {
    const csv = await tenant.api.made('/api/v1/sources', { kind: 'csv', name: 'File' });
    for (const id of ['01900000-0000-7000-8000-000000000000', 'x', csv.id])
      expect(await api.anybody.post(`/hrms/${id}/webhook`, '{}')).toMatchObject({
        status: 404,
        body: { code: 'source_not_found' },
      });
  });

  it('answers 413 to a body that is too large', async () => {
    expect(await hr.deliver({ body: ' '.repeat(3 * 1024 * 1024) })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
  });

  it('takes the newer of two updates, whichever comes first, and fills what nothing newer said', async () => {
    await hr.event('employee.created', ADA, { occurredAt: new Date('2026-01-01T00:00:00Z') });
    await hr.event(
      'employee.updated',
      { employeeNumber: '7', department: 'IT' },
      { occurredAt: new Date('2026-01-03T00:00:00Z') },
    );
    await hr.event(
      'employee.updated',
      { employeeNumber: '7', department: 'HR', title: 'Countess' },
      { occurredAt: new Date('2026-01-02T00:00:00Z') },
    );
    expect(await people()).toMatchObject([{ department: 'IT', title: 'Countess' }]);
  });

  it('clears what is null and leaves what is absent', async () => {
    await hr.event('employee.created', { ...ADA, title: 'Countess' });
    await hr.event('employee.updated', { employeeNumber: '7', title: null });
    const [ada] = await people();
    expect(ada).toMatchObject({ department: 'Sales' });
    expect(ada).not.toHaveProperty('title');
  });

  it.each<[string, object, string]>([
    ['employee.terminated', {}, 'terminated'],
    ['employee.terminated', { endDate: '2098-12-31' }, 'active'],
    ['employee.terminated', { endDate: '2099-12-31' }, 'terminated'],
    ['employee.terminated', { endDate: '9999-12-31' }, 'terminated'],
    ['employee.leave_started', {}, 'on_leave'],
  ])('%s with %j makes them %s', async (type, more, state) => {
    await hr.event('employee.created', ADA);
    expect(await hr.event(type, { employeeNumber: '7', ...more })).toMatchObject({ status: 202 });
    expect(await people()).toMatchObject([{ state }]);
  });

  it('keeps an event that contradicts what is known, with the reason, and changes nobody', async () => {
    await hr.event('employee.created', ADA);
    const answer = await hr.event('employee.created', { ...ADA, employeeNumber: '8' });
    expect(answer).toMatchObject({
      status: 202,
      body: { outcome: 'unresolved', reason: expect.stringContaining('e-mail address') },
    });
    expect((await events())[1]).toMatchObject({
      outcome: 'unresolved',
      reason: answer.body.reason,
      payload: { employee: { employeeNumber: '8' } },
    });
    expect(await people()).toHaveLength(1);
  });

  it('does not let one tenant’s secret speak to another’s source', async () => {
    const theirs = await HrSystem.connect((await api.tenant()).api);
    expect(await hr.event('employee.created', ADA, { secret: theirs.source.webhookSecret })).toMatchObject({
      status: 401,
    });
  });

  async function counted(outcome: string): Promise<number> {
    const { text } = await api.anybody.get('/metrics');
    const line = text
      .split('\n')
      .find(
        (candidate) =>
          candidate.startsWith('tenure_inbound_events_total') && candidate.includes(`outcome="${outcome}"`),
      );
    return Number(line?.split(' ').at(-1) ?? 0);
  }
});
