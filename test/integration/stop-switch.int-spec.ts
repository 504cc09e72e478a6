import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface AccountView {
  readonly id: string;
  readonly state: string;
  readonly desiredVersion: number;
  readonly appliedVersion: number;
  readonly attempts: number;
  readonly error: { readonly message: string } | null;
  readonly protectedReason: string | null;
}

/** A worker that is busy knows of the switch within 100 ms; the rest is for a machine that is busy, too. */
const KNOWN_WITHIN_MS = 1_000;

describe('nothing is written', () => {
  let api: TestApi;
  let peer: ScimPeer;
  let tenant: ApiTenant;
  let hr: HrSystem;
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
    const { id: applicationId } = await tenant.api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: peer.baseUrl },
      credentials: { token: peer.token },
    });
    await tenant.api.made('/api/v1/policies', {
      name: 'Everyone',
      condition: 'true',
      grants: [{ applicationId, entitlements: [{ kind: 'group', name: 'All' }] }],
      publish: true,
    });
  });

  const hire = (...names: string[]): Promise<unknown> =>
    Promise.all(
      names.map((name) => hr.event('employee.created', { employeeNumber: name, email: `${name}@example.com` })),
    );
  const accounts = (): Promise<AccountView[]> => tenant.api.all('/api/v1/accounts');
  const become = (...states: string[]): Promise<AccountView[]> =>
    eventually(
      accounts,
      (seen) =>
        seen
          .map(({ state }) => state)
          .sort()
          .join() === states.join(),
    );
  const users = async (): Promise<string[]> =>
    (await peer.state()).users.map(({ userName, active, groups }) =>
      [userName.split('@')[0], active === false ? 'off' : 'on', ...groups].join(' '),
    );
  const writes = async (): Promise<number> =>
    (await peer.received()).filter(({ method }) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method)).length;
  const journal = (subjectId: string): Promise<{ verb: string }[]> =>
    api.database.query('SELECT verb FROM journal WHERE tenant_id = $1 AND subject_id = $2 ORDER BY revision', [
      tenant.tenantId,
      subjectId,
    ]);

  describe('for a tenant that is stopped', () => {
    it('while people and access are computed, and everything follows by itself when it goes on', async () => {
      await hire('ada');
      await eventually(users, (seen) => seen.join() === 'ada on All');
      const before = await writes();
      expect(await tenant.api.post('/api/v1/tenant/stop', { reason: 'wrong mapping' })).toMatchObject({ status: 200 });
      expect(await tenant.api.get('/api/v1/tenants')).toMatchObject({
        body: { items: [{ stoppedAt: expect.any(String), stopReason: 'wrong mapping' }] },
      });

      await hire('ben');
      await hr.event('employee.terminated', { employeeNumber: 'ada' });
      await become('pending', 'pending');
      // Another tenant's work passes the same worker and the same timers meanwhile.
      await workOfAnother();
      expect(await accounts()).toMatchObject([{ state: 'pending' }, { state: 'pending', appliedVersion: 0 }]);
      expect((await users()).slice(0, 1)).toEqual(['ada on All']);
      expect(await writes()).toBe(before + 1);

      expect(await tenant.api.post('/api/v1/tenant/resume')).toMatchObject({ status: 200 });
      await eventually(users, (seen) => ['ada off', 'ben on All'].every((line) => seen.includes(line)));
      await become('active', 'disabled');
      expect((await journal(tenant.tenantId)).map(({ verb }) => verb)).toEqual(['tenant.stopped', 'tenant.resumed']);
    });

    it('not even by a batch that began before: a call that was sent is finished, and no other begins', async () => {
      await hire('ada');
      await eventually(users, (seen) => seen.join() === 'ada on All');
      await peer.inject({ kind: 'delay', method: 'PATCH', path: '/Users', ms: 2 * KNOWN_WITHIN_MS });
      await hr.event('employee.terminated', { employeeNumber: 'ada' });
      await eventually(
        () => peer.received(),
        (calls) => calls.some(({ method, path }) => method === 'PATCH' && path.includes('/Users')),
      );
      await tenant.api.made('/api/v1/tenant/stop', { reason: 'now' });
      const lastBegins = Date.now() + KNOWN_WITHIN_MS;
      // It was sent, and so it is finished; that it is read back is another call.
      const [ada] = await eventually(accounts, ([seen]) => seen?.error !== null);
      expect(ada).toMatchObject({
        state: 'pending',
        attempts: 0,
        error: { message: expect.stringMatching(/stopped/) },
      });
      expect(await users()).toEqual([expect.stringMatching(/^ada off/)]);
      await workOfAnother();
      const began = (await peer.received()).filter(
        ({ at, query, userName }) => Date.parse(at) > lastBegins && `${query}${userName ?? ''}`.includes('ada'),
      );
      const byId = (await peer.received()).filter(
        ({ at, method, path }) => Date.parse(at) > lastBegins && method !== 'POST' && /Users\/./.test(path),
      );
      expect([began, byId]).toEqual([[], []]);

      await peer.clearFaults();
      await tenant.api.made('/api/v1/tenant/resume', {});
      await become('disabled');
      await eventually(users, (seen) => seen.includes('ada off'));
    });

    it('and is turned once: whoever turns it again is told what it is', async () => {
      await tenant.api.made('/api/v1/tenant/stop', { reason: 'first' });
      expect(await tenant.api.post<ProblemBody>('/api/v1/tenant/stop', { reason: 'second' })).toMatchObject({
        status: 409,
        body: { code: 'tenant_stopped', detail: expect.stringContaining('first') },
      });
      await tenant.api.made('/api/v1/tenant/resume', {});
      expect(await tenant.api.post<ProblemBody>('/api/v1/tenant/resume')).toMatchObject({
        status: 409,
        body: { code: 'tenant_not_stopped' },
      });
    });

    it('by whoever operates, and is let go on by whoever configures', async () => {
      const [operator, auditor] = [await tenant.as('operator'), await tenant.as('auditor')];
      expect((await auditor.post('/api/v1/tenant/stop', { reason: 'x' })).status).toBe(403);
      expect((await operator.post('/api/v1/tenant/stop', { reason: 'x' })).status).toBe(200);
      expect((await operator.post('/api/v1/tenant/resume')).status).toBe(403);
      expect((await (await tenant.as('admin')).post('/api/v1/tenant/resume')).status).toBe(200);
    });

    /** Somebody else's hire, all the way into the same app: proof that worker and timers have gone round. */
    async function workOfAnother(): Promise<void> {
      const other = await api.tenant();
      const theirs = await HrSystem.connect(other.api);
      const { id: applicationId } = await other.api.made('/api/v1/applications', {
        name: 'Directory',
        connector: 'scim',
        config: { baseUrl: peer.baseUrl },
        credentials: { token: peer.token },
      });
      await other.api.made('/api/v1/policies', {
        name: 'All',
        condition: 'true',
        grants: [{ applicationId }],
        publish: true,
      });
      await theirs.event('employee.created', { employeeNumber: 'zoe', email: 'zoe@other.example' });
      await eventually(users, (seen) => seen.includes('zoe on'));
    }
  });

  describe('for an account that is protected', () => {
    it('neither to it nor to its groups, until the protection ends', async () => {
      await hire('root', 'ada');
      await eventually(users, (seen) => seen.length === 2 && seen.every((line) => line.endsWith('on All')));
      const [root] = await tenant.api.all<{ id: string; identityId: string; desired: { attributes: object } }>(
        `/api/v1/accounts`,
      );
      const number = JSON.stringify(root?.desired).includes('root') ? 'root' : 'ada';
      const path = `/api/v1/accounts/${root!.id}/protection`;
      expect(await tenant.api.put(path, { reason: 'break-glass' })).toMatchObject({
        status: 200,
        body: { protectedReason: 'break-glass', inFlight: false },
      });

      for (const employeeNumber of ['root', 'ada']) await hr.event('employee.terminated', { employeeNumber });
      await eventually(accounts, (seen) => seen.filter(({ state }) => state === 'disabled').length === 1);
      await eventually(users, (seen) => seen.filter((line) => line.endsWith('off')).length === 1);
      const [kept] = (await accounts()).filter(({ id }) => id === root!.id);
      expect(kept).toMatchObject({ protectedReason: 'break-glass', state: 'active' });
      expect(await users()).toContain(`${number} on All`);

      expect((await tenant.api.delete(path)).status).toBe(204);
      await eventually(users, (seen) => seen.every((line) => line.endsWith('off')));
      await become('disabled', 'disabled');
      expect((await journal(root!.id)).map(({ verb }) => verb)).toEqual(['account.protected', 'account.unprotected']);
    });

    it('and one that is not there cannot be protected', async () => {
      const path = '/api/v1/accounts/01900000-0000-7000-8000-000000000000/protection';
      expect(await tenant.api.put<ProblemBody>(path, { reason: 'x' })).toMatchObject({
        status: 404,
        body: { code: 'account_not_found' },
      });
      expect((await tenant.api.put(path, { reason: '' })).status).toBe(400);
    });
  });

  it('that would leave a tenant without anybody who may administer it', async () => {
    const keys = await tenant.api.all<{ id: string; role: string }>('/api/v1/api-keys');
    const revoke = (id: string): ReturnType<typeof tenant.api.delete<ProblemBody>> =>
      tenant.api.delete<ProblemBody>(`/api/v1/api-keys/${id}`);
    expect(await revoke(keys[0]!.id)).toMatchObject({ status: 409, body: { code: 'last_admin' } });
    const second = await tenant.api.made<{ id: string }>('/api/v1/api-keys', { name: 'second', role: 'owner' });
    const answers = await Promise.all([revoke(keys[0]!.id), revoke(second.id)]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });
});
