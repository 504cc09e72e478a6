import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface ItemView {
  readonly id: string;
  readonly accountId: string;
  readonly identityId: string;
  readonly entitlementId: string | null;
  readonly action: string;
  readonly version: number;
  readonly diff: readonly string[];
  readonly budget: object;
  readonly state: string;
  readonly approvedBy: string | null;
  readonly doNotProposeAgain: boolean;
}
interface AccountView {
  readonly id: string;
  readonly identityId: string;
  readonly state: string;
  readonly note: string | null;
  readonly plan: unknown;
}

const NOBODY = { hour: { count: 0, percent: 0 } };

describe('what a safety budget keeps back', () => {
  let api: TestApi;
  let peer: ScimPeer;
  let tenant: ApiTenant;
  let hr: HrSystem;
  let applicationId: string;
  let policyId: string;
  beforeAll(async () => {
    [api, peer] = await Promise.all([startTestApi({ worker: true }), ScimPeer.start()]);
  });
  afterAll(async () => {
    await api.close();
    await peer.stop();
  });
  beforeEach(async () => {
    await api.quiet();
    await peer.reset();
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
    ({ id: applicationId } = await tenant.api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: peer.baseUrl },
      credentials: { token: peer.token },
      budgets: { disable: NOBODY, revoke: NOBODY },
    }));
    ({ id: policyId } = await tenant.api.made('/api/v1/policies', policy('true')));
  });

  const policy = (condition: string, groups = ['All']): object => ({
    name: 'Everyone',
    condition,
    grants: [{ applicationId, entitlements: groups.map((name) => ({ kind: 'group', name })) }],
    publish: true,
  });
  const publish = async (condition: string, groups?: string[]): Promise<void> => {
    const { status, text } = await tenant.api.put(`/api/v1/policies/${policyId}`, policy(condition, groups));
    if (status >= 300) throw new Error(text);
  };
  const hire = async (...names: string[]): Promise<void> => {
    for (const name of names)
      await hr.event('employee.created', { employeeNumber: name, email: `${name}@example.com` });
    await eventually(users, (seen) => names.every((name) => seen.includes(`${name} on All`)));
    await eventually(accounts, (seen) => seen.every(({ state }) => state === 'active'));
  };
  const accounts = (): Promise<AccountView[]> => tenant.api.all('/api/v1/accounts');
  const items = (query = ''): Promise<ItemView[]> => tenant.api.all(`/api/v1/held-items${query}`);
  const held = (many: number): Promise<ItemView[]> =>
    eventually(
      () => items('?state=held'),
      (seen) => seen.length === many,
    );
  const users = async (): Promise<string[]> =>
    (await peer.state()).users
      .map(({ userName, active, groups }) =>
        [userName.split('@')[0], active === false ? 'off' : 'on', ...groups].join(' '),
      )
      .sort();
  const become = (...states: string[]): Promise<AccountView[]> =>
    eventually(
      accounts,
      (seen) =>
        seen
          .map(({ state }) => state)
          .sort()
          .join() === states.join(),
    );
  const journal = async (subjectId: string): Promise<string[]> => {
    const rows = await api.database.query<{ verb: string }>(
      'SELECT verb FROM journal WHERE tenant_id = $1 AND subject_id = $2 ORDER BY revision',
      [tenant.tenantId, subjectId],
    );
    return rows.map(({ verb }) => verb);
  };
  const call = (item: ItemView, action: string, body: object = {}, as = tenant.api) =>
    as.post<ItemView & ProblemBody>(`/api/v1/held-items/${item.id}/${action}`, body);

  describe('an account that nothing grants any more', () => {
    beforeEach(async () => {
      await tenant.api.patch(`/api/v1/applications/${applicationId}`, { budgets: { disable: NOBODY } });
      await hire('ada', 'ben', 'cleo');
      await publish('identity.employeeNumber == "ada"');
    });

    it('is held with its cause and what would change, while what is not over a budget goes on', async () => {
      const found = await held(2);
      expect(found).toMatchObject(
        Array(2).fill({
          applicationId,
          action: 'disable',
          entitlementId: null,
          version: 2,
          diff: ['enabled'],
          budget: { window: 'hour', limit: { count: 0, percent: 0 }, spent: 0, population: 3 },
          cause: expect.any(String),
        }),
      );
      const states = await become('active', 'held', 'held');
      expect(states.find(({ state }) => state === 'held')).toMatchObject({
        note: expect.stringMatching(/^The safety budget for disable/),
        plan: [{ kind: 'disable' }],
      });
      // Somebody who leaves by name does not wait for a budget, and a new one is not blocked by the others.
      await hr.event('employee.terminated', { employeeNumber: 'ada' });
      await eventually(users, (seen) => seen.some((line) => line.startsWith('ada off')));
      expect((await users()).filter((line) => line.includes(' on'))).toHaveLength(2);
    });

    it('runs at once when it is released, and once', async () => {
      const [one, two] = await held(2);
      const answers = await Promise.all([call(one!, 'release'), call(one!, 'release')]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe('held_item_decided');
      await become('active', 'disabled', 'held');
      expect(await journal(one!.accountId)).toEqual(['held_item.released']);
      expect((await tenant.api.get(`/api/v1/held-items/${two!.id}`)).body).toMatchObject({ state: 'held' });
    });

    it('is skipped when it is rejected, and held anew when it is tried again', async () => {
      const [one] = await held(2);
      expect((await call(one!, 'reject')).status).toBe(400);
      const answer = await call(one!, 'reject', { reason: 'The rule is wrong.' });
      expect(answer.body).toMatchObject({ state: 'rejected', doNotProposeAgain: false });
      const found = (await become('active', 'held', 'skipped')).find(({ id }) => id === one!.accountId);
      expect(found).toMatchObject({ state: 'skipped', note: 'It was rejected: The rule is wrong.' });
      expect((await users()).filter((line) => line.includes(' on'))).toHaveLength(3);
      expect(await tenant.api.post(`/api/v1/accounts/${one!.accountId}/retry`)).toMatchObject({ body: { retried: 1 } });
      await held(2);
      expect(await journal(one!.accountId)).toEqual(['held_item.rejected', 'account.retried']);
    });

    it('is not proposed again when that is said, also for later versions, until it is lifted', async () => {
      const [one, two] = await held(2);
      await call(one!, 'reject', { reason: 'never', doNotProposeAgain: true });
      await publish('true');
      await become('active', 'active', 'active');
      expect(
        await eventually(
          () => items('?state=held'),
          (seen) => seen.length === 0,
        ),
      ).toEqual([]);
      expect((await tenant.api.get(`/api/v1/held-items/${two!.id}`)).body).toMatchObject({ state: 'superseded' });
      expect((await call(two!, 'release')).body.code).toBe('held_item_superseded');

      await publish('identity.employeeNumber == "ada"');
      const now = await become('active', 'held', 'skipped');
      expect(now.find(({ state }) => state === 'skipped')).toMatchObject({ id: one!.accountId, note: 'never' });
      expect((await call(one!, 'propose-again')).body).toMatchObject({ state: 'superseded', doNotProposeAgain: false });
      await become('active', 'held', 'held');
      expect((await call(one!, 'propose-again')).body.code).toBe('held_item_not_barred');
    });

    it('is released and rejected by filter, or all; nobody means everything by saying nothing', async () => {
      await held(2);
      expect(await tenant.api.post<ProblemBody>('/api/v1/held-items/release', {})).toMatchObject({
        status: 400,
        body: { code: 'filter_missing' },
      });
      const none = await tenant.api.post('/api/v1/held-items/release', { action: 'delete' });
      expect(none.body).toMatchObject({ done: 0, finished: true });
      const reason = 'as planned';
      const all = await tenant.api.post('/api/v1/held-items/release', { applicationId, action: 'disable', reason });
      expect(all).toMatchObject({ status: 200, body: { done: 2, approved: 0, finished: true } });
      await become('active', 'disabled', 'disabled');
      const order = await tenant.api.get(`/api/v1/bulk-orders/${String(all.body.orderId)}`);
      expect(order.body).toMatchObject({ kind: 'release', done: 2, filter: { applicationId, action: 'disable' } });
      const rejected = await tenant.api.post('/api/v1/held-items/reject', { all: true, reason: 'no' });
      expect(rejected.body).toMatchObject({ done: 0 });
      expect(await items('?state=released')).toHaveLength(2);
    });

    it('is released by two different persons where the tenant wants that', async () => {
      const holds = { secondPerson: true, expireDays: 3 };
      const set = await tenant.api.put('/api/v1/settings/provisioning', { holds });
      expect(set.body).toMatchObject({ version: 1, settings: { holds, evidence: { keepDays: 400 } } });
      const [one, two] = await held(2);
      expect((await call(one!, 'release')).body).toMatchObject({ state: 'held', approvedBy: expect.any(String) });
      expect(await call(one!, 'release')).toMatchObject({ status: 409, body: { code: 'second_person_needed' } });
      const second = await tenant.as('admin');
      expect((await call(one!, 'release', {}, second)).body).toMatchObject({ state: 'released' });
      expect(await journal(one!.accountId)).toEqual(['held_item.approved', 'held_item.released']);

      const many = { all: true };
      expect((await tenant.api.post('/api/v1/held-items/release', many)).body).toMatchObject({ done: 0, approved: 1 });
      expect((await tenant.api.post('/api/v1/held-items/release', many)).body).toMatchObject({ done: 0, approved: 0 });
      expect((await second.post('/api/v1/held-items/release', many)).body).toMatchObject({ done: 1, approved: 0 });
      expect((await call(two!, 'release')).body.code).toBe('held_item_decided');
      await become('active', 'disabled', 'disabled');
    });

    it('is not done when nobody decides in time', async () => {
      const [one] = await held(2);
      await api.database.query("UPDATE held_items SET expires_at = now() - interval '1 second' WHERE id = $1", [
        one!.id,
      ]);
      await become('active', 'held', 'skipped');
      expect((await tenant.api.get(`/api/v1/held-items/${one!.id}`)).body).toMatchObject({
        state: 'expired',
        decidedBy: 'clock',
      });
      expect(await journal(one!.accountId)).toEqual(['held_item.expired']);
    });

    it('is not another tenant’s to see or decide, nor an operator’s to release', async () => {
      const [one] = await held(2);
      const other = await api.tenant();
      const not = { status: 404, body: { code: 'held_item_not_found' } };
      for (const action of ['release', 'propose-again'])
        expect(await call(one!, action, {}, other.api)).toMatchObject(not);
      expect(await call(one!, 'reject', { reason: 'x' }, other.api)).toMatchObject(not);
      expect(await other.api.get(`/api/v1/held-items/${one!.id}`)).toMatchObject(not);
      expect((await other.api.post('/api/v1/held-items/release', { all: true })).body).toMatchObject({ done: 0 });
      expect(await other.api.get(`/api/v1/bulk-orders/${newId()}`)).toMatchObject({ status: 404 });
      expect((await call(one!, 'release', {}, await tenant.as('operator'))).status).toBe(403);
      expect(await held(2)).toHaveLength(2);
    });
  });

  it('of memberships waits while the others of the batch go on', async () => {
    await hire('ada', 'ben');
    await publish('true', ['New']);
    const found = await held(2);
    expect(found).toMatchObject(
      Array(2).fill({
        action: 'revoke',
        entitlementId: expect.any(String),
        diff: ['group:All'],
        budget: { population: expect.any(Number) },
      }),
    );
    await eventually(users, (seen) => seen.every((line) => line.includes('All') && line.includes('New')));
    expect((await call(found[0]!, 'release')).status).toBe(200);
    await eventually(users, (seen) => seen.filter((line) => line.includes('All')).length === 1);
    expect((await call(found[1]!, 'reject', { reason: 'they keep it' })).body).toMatchObject({ state: 'rejected' });
    expect((await tenant.api.post('/api/v1/accounts/retry', { state: 'skipped' })).body).toMatchObject({ retried: 1 });
    await held(1);
    expect((await users()).filter((line) => line.includes('All'))).toHaveLength(1);
  });

  it('of a leaver is only the deletion, which is done when it is released', async () => {
    const change = { budgets: { delete: NOBODY }, playbook: { left: { deleteAfterDays: 0 } } };
    expect((await tenant.api.patch(`/api/v1/applications/${applicationId}`, change)).status).toBe(200);
    await hire('ada');
    await hr.event('employee.terminated', { employeeNumber: 'ada' });
    const [item] = await held(1);
    expect(item).toMatchObject({ action: 'delete', diff: ['account'], entitlementId: null });
    await become('disabled');
    expect(await users()).toEqual(['ada off']);
    expect((await call(item!, 'release')).body).toMatchObject({ state: 'released' });
    await eventually(users, (seen) => seen.length === 0);
    await become('deleted');
  });

  it('is what the application says: a mistake is told with its path', async () => {
    const answer = await tenant.api.patch<ProblemBody>(`/api/v1/applications/${applicationId}`, {
      budgets: { disable: { hour: { count: 1 } } },
    });
    expect(answer).toMatchObject({ status: 422, body: { faults: [{ path: 'budgets.disable.hour.percent' }] } });
    const settings = await tenant.api.put<ProblemBody>('/api/v1/settings/provisioning', { evidence: { keepDays: 1 } });
    expect(settings).toMatchObject({ status: 422, body: { faults: [{ path: 'evidence.keepDays' }] } });
  });
});
