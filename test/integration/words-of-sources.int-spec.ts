import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { importFile, type ImportView } from '../support/import-file.js';

const ADA = { employeeNumber: '7', firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', status: 'active' };
const DAY_MS = 86_400_000;

interface Person {
  readonly id: string;
  readonly employeeNumber: string;
  readonly state: string;
}

describe('what sources say', () => {
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
  });

  const people = (): Promise<Person[]> => tenant.api.all<Person>('/api/v1/identities');
  const states = async (): Promise<string[]> => (await people()).map(({ state }) => state).sort();

  it.each([
    [null, 'suspended'],
    ['suspend', 'suspended'],
    ['nothing', 'active'],
    ['terminate', 'terminated'],
  ])('S2-1: a SCIM source whose deactivation becomes %p makes them %s', async (becomes, state) => {
    const made = await tenant.api.made<{ id: string; token: string }>('/api/v1/sources', { kind: 'scim', name: 'IdP' });
    const path = `/api/v1/sources/${made.id}/deactivation`;
    expect(await tenant.api.put(path, { becomes })).toMatchObject({ status: 200, body: { deactivation: becomes } });
    await hr.event('employee.created', ADA);
    const headers = { authorization: `Bearer ${made.token}`, 'content-type': 'application/scim+json' };
    const user = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'ada@example.com',
      emails: [{ type: 'work', value: 'ada@example.com' }],
      active: false,
    };
    expect((await api.anybody.post('/scim/v2/Users', JSON.stringify(user), { headers })).status).toBe(201);
    expect(await states()).toEqual([state]);
    await tenant.api.put(path, { becomes: 'nothing' });
    expect(await eventually(states, ([one]) => one === 'active')).toEqual(['active']);
  });

  it('S2-1: refuses a word that is none of its words, and needs the right to configure', async () => {
    const path = `/api/v1/sources/${hr.source.id}/deactivation`;
    for (const becomes of ['delete', 7, {}])
      expect((await tenant.api.put(path, { becomes })).status).toBeGreaterThanOrEqual(400);
    expect((await (await tenant.as('operator')).put(path, { becomes: 'nothing' })).status).toBe(403);
  });

  describe('in a full list that names none of the people who are known', () => {
    const mapping = { employeeNumber: 'number', email: 'mail' };
    const list = (form: (number: number) => string, domain: string): string =>
      ['number,mail', ...[1, 2, 3, 4].map((number) => `${form(number)},p${number}@${domain}`)].join('\n');
    let sourceId: string;
    let held: { id: string; holdId: string };
    const view = async (): Promise<ImportView & { readonly state: string }> =>
      (await tenant.api.get<ImportView>(`/api/v1/imports/${held.id}`)).body;

    beforeEach(async () => {
      sourceId = (await tenant.api.made('/api/v1/sources', { kind: 'csv', name: 'File', mapping })).id;
      await importFile(tenant.api, sourceId, list(String, 'example.com'));
      const path = `/api/v1/sources/${sourceId}/files?scope=full`;
      const headers = { 'content-type': 'text/csv' };
      const strange = list((number) => `0000${number}`, 'example.org');
      const { id } = (await tenant.api.post<{ id: string }>(path, strange, { headers })).body;
      const [hold] = await tenant.api.all<{ id: string; subjectId: string }>('/api/v1/holds?kind=import&state=held');
      expect(hold).toMatchObject({ subjectId: id, effect: { people: 4, of: 4 } });
      held = { id, holdId: hold?.id ?? '' };
    });

    it('C30: is held before its first row, and makes nobody', async () => {
      expect(await view()).toMatchObject({ state: 'held', new: 0 });
      expect(await people()).toHaveLength(4);
    });

    it('C30: acts when it is released', async () => {
      await tenant.api.post(`/api/v1/holds/${held.holdId}/release`, { reason: 'another company' });
      expect(await eventually(view, ({ state }) => state === 'done')).toMatchObject({ new: 4, rejected: 0 });
      expect(await people()).toHaveLength(8);
    });

    it('C30: does nothing when it is rejected, and the next right list acts', async () => {
      await tenant.api.post(`/api/v1/holds/${held.holdId}/reject`, { reason: 'wrong numbers' });
      expect(await view()).toMatchObject({ state: 'done', new: 0, rejected: 4 });
      expect(await importFile(tenant.api, sourceId, list(String, 'example.com'))).toMatchObject({ unchanged: 4 });
      expect(await states()).toEqual(['active', 'active', 'active', 'active']);
    });
  });

  it.each([
    ['the hire is older than the end', -DAY_MS, 'terminated'],
    ['the hire is newer, and names another employment', DAY_MS, 'active'],
  ])('C5: an end of an unknown number waits for the hire: %s', async (_, later, state) => {
    const at = new Date('2026-01-10T12:00:00Z');
    const end = { employeeNumber: '7', endDate: '2026-01-09' };
    const ended = await hr.event('employee.terminated', end, { occurredAt: at });
    expect(ended).toMatchObject({ status: 202, body: { outcome: 'unresolved' } });
    expect(await people()).toEqual([]);
    const hire = later > 0 ? { ...ADA, startDate: '2026-01-11', endDate: null } : ADA;
    await hr.event('employee.created', hire, { occurredAt: new Date(at.getTime() + later) });
    expect(await states()).toEqual([state]);
  });

  describe('C5: an end of an unknown number', () => {
    const deliver = (type: string, employee: object, times: object) =>
      hr.deliver<{ outcome: string; scheduledChangeId?: string }>({
        body: JSON.stringify({ id: `evt_${type}`, type, ...times, employee: { ...employee, employeeNumber: '7' } }),
      });
    const change = (id: string | undefined) =>
      tenant.api.get<{ state: string; reason: string | null }>(`/api/v1/scheduled-changes/${id}`);
    const nextWeek = (): string => new Date(Date.now() + 7 * DAY_MS).toISOString();
    /** Lets the day of every scheduled change come. */
    const dayComes = (day: string): Promise<unknown> =>
      api.database.query('UPDATE scheduled_statements SET effective_at = $2 WHERE tenant_id = $1', [
        tenant.tenantId,
        day,
      ]);

    it('that was scheduled waits after its day, and ends the hire that comes then', async () => {
      const times = { occurredAt: '2026-01-05T12:00:00Z', effectiveAt: nextWeek() };
      const { body } = await deliver('employee.terminated', { endDate: '2026-01-09' }, times);
      expect(body).toMatchObject({ outcome: 'scheduled' });
      await dayComes('2026-01-10T12:00:00Z');
      const kept = await eventually(
        () => change(body.scheduledChangeId),
        (seen) => seen.body.state === 'failed',
      );
      expect(kept.body.reason).toMatch(/waits for the hire/);
      expect(await people()).toEqual([]);
      await hr.event('employee.created', ADA, { occurredAt: new Date('2026-01-02T12:00:00Z') });
      expect(await states()).toEqual(['terminated']);
      expect((await change(body.scheduledChangeId)).body).toMatchObject({ state: 'applied', reason: null });
    });

    it('ends a hire that comes by a schedule', async () => {
      const at = new Date('2026-01-10T12:00:00Z');
      const ended = await hr.event(
        'employee.terminated',
        { employeeNumber: '7', endDate: '2026-01-09' },
        { occurredAt: at },
      );
      expect(ended).toMatchObject({ body: { outcome: 'unresolved', scheduledChangeId: expect.any(String) } });
      const hired = await deliver('employee.created', ADA, {
        occurredAt: '2026-01-01T00:00:00Z',
        effectiveAt: nextWeek(),
      });
      await api.database.query(
        "UPDATE scheduled_statements SET effective_at = '2026-01-02' WHERE tenant_id = $1 AND id = $2",
        [tenant.tenantId, hired.body.scheduledChangeId],
      );
      expect(await eventually(states, (seen) => seen.length > 0)).toEqual(['terminated']);
    });

    it('that was taken out of the list by an admin ends nothing', async () => {
      const { body } = await hr.event<{ scheduledChangeId: string }>(
        'employee.terminated',
        { employeeNumber: '7', endDate: '2026-01-09' },
        { occurredAt: new Date('2026-01-10T12:00:00Z') },
      );
      await tenant.api.delete(`/api/v1/scheduled-changes/${body.scheduledChangeId}`);
      await hr.event('employee.created', ADA, { occurredAt: new Date('2026-01-02T12:00:00Z') });
      expect(await states()).toEqual(['active']);
    });
  });

  it('C5: an end and its hire that arrive at once end as a departure, whichever is first', async () => {
    const began = Date.now() - DAY_MS;
    const deliver = (nth: number): Promise<unknown>[] => {
      const person = { ...ADA, employeeNumber: `${nth}`, email: `p${nth}@example.com` };
      const hire = hr.event('employee.created', person, { occurredAt: new Date(began) });
      const end = hr.event(
        'employee.terminated',
        { ...person, status: 'terminated' },
        { occurredAt: new Date(began + 60_000) },
      );
      return nth % 2 === 0 ? [hire, end] : [end, hire];
    };
    await Promise.all(Array.from({ length: 20 }, (_, nth) => nth).flatMap(deliver));
    expect(await states()).toEqual(Array.from({ length: 20 }, () => 'terminated'));
  });

  it('C4: an end that is announced for a later day is taken back by the next word, and does not act', async () => {
    await hr.event('employee.created', ADA);
    const effectiveAt = new Date(Date.now() + 7 * DAY_MS).toISOString();
    const announced = await hr.deliver<{ outcome: string; scheduledChangeId: string }>({
      body: JSON.stringify({
        id: 'evt_1',
        type: 'employee.terminated',
        occurredAt: new Date().toISOString(),
        effectiveAt,
        employee: { employeeNumber: '7' },
      }),
    });
    expect(announced.body).toMatchObject({ outcome: 'scheduled' });
    await hr.event('employee.updated', { employeeNumber: '7', status: 'active', endDate: null });
    const [change] = await tenant.api.all<{ id: string; state: string }>('/api/v1/scheduled-changes');
    expect(change).toMatchObject({ id: announced.body.scheduledChangeId, state: 'cancelled' });
    await api.database.query('UPDATE scheduled_statements SET effective_at = now() WHERE tenant_id = $1', [
      tenant.tenantId,
    ]);
    await hr.event('employee.updated', { employeeNumber: '7', title: 'Countess' });
    expect(await states()).toEqual(['active']);
  });

  it('E16: a merge disables neither account until the case is decided; then the survivor’s stays', async () => {
    const config = { baseUrl: 'http://127.0.0.1:1/scim' };
    const { id: applicationId } = await tenant.api.made('/api/v1/applications', {
      ...{ name: 'Wiki', connector: 'scim', config, credentials: { token: 't' } },
    });
    await tenant.api.made('/api/v1/policies', {
      ...{ name: 'All', condition: 'true', grants: [{ applicationId }], publish: true },
    });
    await hr.event('employee.created', ADA);
    await hr.event('employee.created', { ...ADA, employeeNumber: '8', email: 'ada2@example.com', lastName: 'King' });
    const enabled = (): Promise<{ identity: string; on: boolean }[]> =>
      api.database.query(
        `SELECT i.employee_number AS identity, (a.desired ->> 'enabled')::boolean AS "on" FROM accounts a JOIN identities i ON i.tenant_id = a.tenant_id AND i.id = a.identity_id
         WHERE a.tenant_id = $1 ORDER BY a.id`,
        [tenant.tenantId],
      );
    const accounts = async (): Promise<{ id: string; on: boolean }[]> =>
      api.database.query(
        `SELECT identity_id AS id, (desired ->> 'enabled')::boolean AS "on" FROM accounts WHERE tenant_id = $1 ORDER BY id`,
        [tenant.tenantId],
      );
    await eventually(enabled, (rows) => rows.length === 2 && rows.every(({ on }) => on));
    const [survivor, other] = (await people()).sort((a, b) => a.employeeNumber.localeCompare(b.employeeNumber));
    const merged = await tenant.api.post(`/api/v1/identities/${survivor?.id ?? ''}/merge`, {
      otherId: other?.id,
      reason: 'one person',
    });
    expect(merged.status).toBe(200);
    const behind = (): Promise<unknown[]> =>
      api.database.query('SELECT FROM identities WHERE tenant_id = $1 AND access_version < version', [tenant.tenantId]);
    await eventually(behind, (rows) => rows.length === 0);
    expect((await accounts()).map(({ on }) => on)).toEqual([true, true]);
    const [open] = await tenant.api.all<{ id: string }>('/api/v1/cases?kind=duplicate_account&state=open');
    await tenant.api.post(`/api/v1/cases/${open?.id ?? ''}/resolve`, { action: 'dismiss', reason: 'the first stays' });
    const decided = await eventually(accounts, (rows) => rows.some(({ on }) => !on));
    expect(decided.filter(({ on }) => on)).toMatchObject([{ id: survivor?.id }]);
  });
});
