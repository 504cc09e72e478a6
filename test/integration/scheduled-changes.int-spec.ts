import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { Answer, ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { importFile } from '../support/import-file.js';

interface Change {
  readonly id: string;
  readonly key: string;
  readonly identityId: string | null;
  readonly state: string;
  readonly effectiveAt: string;
  readonly reason: string | null;
  readonly person: Readonly<Record<string, unknown>>;
}

const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();
const ADA = { employeeNumber: '7', email: 'ada@example.com', department: 'Sales', timeZone: 'America/Los_Angeles' };

describe('what a source says of a later day', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let hr: HrSystem;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
    await hr.event('employee.created', ADA);
  });

  const changes = (query = ''): Promise<Change[]> => tenant.api.all(`/api/v1/scheduled-changes${query}`);
  const ada = async (): Promise<Record<string, unknown>> => {
    const [found] = await tenant.api.all<Record<string, unknown>>('/api/v1/identities');
    return found ?? {};
  };
  const say = (type: string, employee: object, effectiveAt: string): Promise<Answer<Record<string, unknown>>> =>
    hr.deliver({
      body: JSON.stringify({
        id: 'evt',
        type,
        occurredAt: new Date().toISOString(),
        effectiveAt,
        employee: { employeeNumber: '7', ...employee },
      }),
    });
  /** The day comes: the rows are moved, for the worker has the machine's clock. */
  const comes = (): Promise<unknown> =>
    api.database.query(
      "UPDATE scheduled_statements SET effective_at = clock_timestamp() WHERE tenant_id = $1 AND state = 'due'",
      [tenant.tenantId],
    );

  it('waits, is shown as due, and is said when its day comes', async () => {
    const answer = await say('employee.updated', { department: 'IT' }, inDays(2));
    expect(answer).toMatchObject({
      status: 202,
      body: { outcome: 'scheduled', scheduledChangeId: expect.any(String) },
    });
    const { id } = (await ada()) as { id: string };
    expect(await changes(`?identityId=${id}&state=due&sourceId=${hr.source.id}`)).toMatchObject([
      { id: answer.body.scheduledChangeId, key: '7', identityId: id, person: { department: 'IT' } },
    ]);
    expect(await ada()).toMatchObject({ department: 'Sales' });

    await comes();
    await eventually(ada, ({ department }) => department === 'IT');
    expect(await changes()).toMatchObject([{ state: 'applied', reason: null }]);
  });

  it('begins with the first moment of the day where the person is, as known', async () => {
    const day = inDays(40).slice(0, 10);
    await say('employee.updated', { department: 'IT' }, day);
    const [change] = await changes();
    expect(change?.effectiveAt).toMatch(new RegExp(`^${day}T0[78]:00:00`));
    await say('employee.updated', { title: 'Boss', timeZone: 'Pacific/Kiritimati' }, day);
    expect((await changes())[1]?.effectiveAt).toMatch(/T10:00:00/);
  });

  it('is one change however often it is said; other fields of the same moment join it', async () => {
    const at = inDays(2);
    await say('employee.updated', { department: 'IT' }, at);
    expect(await say('employee.updated', { department: 'IT' }, at)).toMatchObject({ body: { outcome: 'scheduled' } });
    await say('employee.updated', { title: 'Boss' }, at);
    expect(await changes()).toMatchObject([{ person: { department: 'IT', title: 'Boss' } }]);
  });

  it('does not wait when the moment is past, and does not undo what was said later', async () => {
    expect(await say('employee.updated', { department: 'IT', title: 'Boss' }, inDays(-2))).toMatchObject({
      body: { outcome: 'applied' },
    });
    expect(await ada()).toMatchObject({ department: 'Sales', title: 'Boss' });
    expect(await changes()).toEqual([]);
  });

  it('never delays a termination without a later day', async () => {
    await say('employee.updated', { department: 'IT' }, inDays(2));
    await hr.event('employee.terminated', { employeeNumber: '7' });
    expect(await ada()).toMatchObject({ state: 'terminated' });
  });

  it('does not bring back who left meanwhile, unless it is a rehire', async () => {
    await say('employee.leave_ended', {}, inDays(2));
    await hr.event('employee.terminated', { employeeNumber: '7' });
    await comes();
    await eventually(changes, ([change]) => change?.state !== 'due');
    expect(await ada()).toMatchObject({ state: 'terminated' });
    expect(await changes()).toMatchObject([{ state: 'cancelled', reason: 'the person left before it was due' }]);

    await say('employee.rehired', {}, inDays(2));
    await comes();
    await eventually(ada, ({ state }) => state === 'active');
  });

  it('can be taken back', async () => {
    await say('employee.updated', { department: 'IT' }, inDays(2));
    const [change] = await changes();
    const path = `/api/v1/scheduled-changes/${change!.id}`;
    expect((await (await tenant.as('auditor')).delete(path)).status).toBe(403);
    expect((await tenant.api.delete(path)).status).toBe(204);
    expect(await tenant.api.get(path)).toMatchObject({ body: { state: 'cancelled' } });
    expect(await tenant.api.delete<ProblemBody>(path)).toMatchObject({
      status: 409,
      body: { code: 'scheduled_change_settled' },
    });
    const theirs = (await api.tenant()).api;
    expect((await theirs.get(path)).status).toBe(404);
    expect((await theirs.delete(path)).status).toBe(404);
  });

  it('that is refused on its day is kept with the reason, takes no other with it, and can be tried again', async () => {
    await hr.event('employee.created', { employeeNumber: '8', email: 'ben@example.com' });
    await tenant.api.put('/api/v1/settings/identity', { reactions: { hrms: { collision: 'refuse' } } });
    await say('employee.updated', { title: 'Boss' }, inDays(2));
    await say('employee.updated', { department: 'IT' }, inDays(3));
    // By its day the number is somebody else's.
    await api.database.query(
      `UPDATE scheduled_statements SET person = person || '{"employeeNumber": "8"}' WHERE tenant_id = $1 AND person ? 'title'`,
      [tenant.tenantId],
    );
    await comes();
    const settled = await eventually(changes, (seen) => seen.every(({ state }) => state !== 'due'));
    expect(settled).toMatchObject([
      { state: 'failed', reason: expect.stringContaining('employee number') },
      { state: 'applied', reason: null },
    ]);
    await api.database.query(
      `UPDATE scheduled_statements SET person = person || '{"employeeNumber": "7"}' WHERE tenant_id = $1 AND person ? 'title'`,
      [tenant.tenantId],
    );
    const path = `/api/v1/scheduled-changes/${settled[0]!.id}/retry`;
    expect((await tenant.api.post(path)).status).toBe(202);
    await eventually(changes, (seen) => seen.every(({ state }) => state === 'applied'));
    expect(await tenant.api.post<ProblemBody>(path)).toMatchObject({
      status: 409,
      body: { code: 'scheduled_change_not_failed' },
    });
  });

  describe('in a file', () => {
    let sourceId: string;
    beforeEach(async () => {
      sourceId = (await tenant.api.made('/api/v1/sources', { kind: 'csv', name: 'File' })).id;
    });
    const send = (...rows: string[]): ReturnType<typeof importFile> =>
      importFile(tenant.api, sourceId, ['employeeNumber,email,department,effectiveDate', ...rows].join('\n'), {});
    const day = inDays(10).slice(0, 10);

    it('waits until its day; the person is not missing', async () => {
      await send('20,eve@example.com,Sales,');
      expect(await send(`20,eve@example.com,IT,${day}`)).toMatchObject({ scheduled: 1, changed: 0, missing: 0 });
      expect(await changes()).toMatchObject([{ key: '20', person: { department: 'IT' } }]);
      expect(await send(`20,eve@example.com,IT,${day}`)).toMatchObject({ scheduled: 0, unchanged: 1 });
      await comes();
      const eve = async (): Promise<Record<string, unknown> | undefined> =>
        (await tenant.api.all<Record<string, unknown>>('/api/v1/identities')).find(
          (one) => one.employeeNumber === '20',
        );
      await eventually(eve, (seen) => seen?.department === 'IT');
    });

    it('is taken back by a later file that speaks of days and says nothing of the kind', async () => {
      await send('20,eve@example.com,Sales,');
      await send(`20,eve@example.com,IT,${day}`);
      await send('20,eve@example.com,Sales,');
      expect(await changes()).toMatchObject([{ state: 'cancelled', reason: 'a later file says otherwise' }]);
    });

    it('takes effect at once when the day is past', async () => {
      await send('20,eve@example.com,Sales,');
      expect(await send('20,eve@example.com,IT,2020-01-01')).toMatchObject({ changed: 1, scheduled: 0 });
    });
  });
});
