import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface AccountView {
  readonly id: string;
  readonly identityId: string;
  readonly state: string;
  readonly note: string | null;
  readonly desired: { readonly attributes: { readonly userName: string } };
}

describe('what a person orders of accounts', () => {
  let api: TestApi;
  let peer: ScimPeer;
  let tenant: ApiTenant;
  let hr: HrSystem;
  let applicationId: string;
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
    }));
    const grants = [{ applicationId, entitlements: [{ kind: 'group', name: 'All' }] }];
    await tenant.api.made('/api/v1/policies', { name: 'Everyone', condition: 'true', grants, publish: true });
  });

  const hire = async (...names: string[]): Promise<void> => {
    for (const name of names)
      await hr.event('employee.created', { employeeNumber: name, email: `${name}@example.com` });
  };
  const accounts = (): Promise<AccountView[]> => tenant.api.all('/api/v1/accounts');
  const accountOf = async (name: string): Promise<AccountView> =>
    (await accounts()).find(({ desired }) => desired.attributes.userName.startsWith(name))!;
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
    (await peer.state()).users
      .map(({ userName, active, groups }) =>
        [userName.split('@')[0], active === false ? 'off' : 'on', ...groups].join(' '),
      )
      .sort();
  const journal = async (subjectId: string): Promise<string[]> => {
    const rows = await api.database.query<{ verb: string }>(
      `SELECT verb FROM journal WHERE tenant_id = $1 AND subject_id = $2 AND door = 'admin' ORDER BY revision`,
      [tenant.tenantId, subjectId],
    );
    return rows.map(({ verb }) => verb);
  };
  const order = (path: string, body?: object, by = tenant.api) =>
    by.post<ProblemBody & Record<string, unknown>>(`/api/v1/${path}`, body);
  const operations = (id: string): Promise<object[]> => tenant.api.all(`/api/v1/operations?accountId=${id}`);
  const refuseEverything = () => peer.inject({ kind: 'error', method: 'POST', path: '/Users', status: 400 });

  it('retries by filter, or all: application, person, class of error', async () => {
    await refuseEverything();
    await hire('ada', 'ben', 'cleo');
    await become('failed', 'failed', 'failed');
    await peer.clearFaults();
    const { identityId } = await accountOf('ada');
    expect((await order('accounts/retry', { errorClass: 'auth' })).body).toMatchObject({ retried: 0, finished: true });
    expect((await order('accounts/retry', { state: 'skipped' })).body).toMatchObject({ retried: 0 });
    expect((await order('accounts/retry', { identityId, errorClass: 'invalid' })).body).toMatchObject({ retried: 1 });
    await become('active', 'failed', 'failed');
    expect((await order('accounts/retry', { applicationId: newId() })).body.code).toBe('application_not_found');
    expect((await order('accounts/retry', {})).body).toMatchObject({ retried: 2, kind: 'retry' });
    await become('active', 'active', 'active');
    expect(await journal((await accountOf('ada')).id)).toEqual(['account.retried']);
  });

  it('retries memberships that were refused, of one account or of all', async () => {
    await peer.inject({ kind: 'error', method: 'PATCH', path: '/Groups', status: 400 });
    await hire('ada', 'ben');
    const refused = (): Promise<object[]> =>
      api.database.query('SELECT FROM entitlement_members WHERE tenant_id = $1 AND error IS NOT NULL', [
        tenant.tenantId,
      ]);
    await eventually(refused, (seen) => seen.length === 2);
    await peer.clearFaults();
    const { id } = await accountOf('ada');
    expect((await order(`accounts/${id}/retry`)).body).toMatchObject({ retried: 1 });
    await eventually(users, (seen) => seen.join() === 'ada on All,ben on');
    expect((await order('accounts/retry', {})).body).toMatchObject({ retried: 1 });
    await eventually(users, (seen) => seen.join() === 'ada on All,ben on All');
  });

  it('skips an account with a reason, until something newer is desired or it is retried', async () => {
    await refuseEverything();
    await hire('ada', 'ben');
    await become('failed', 'failed');
    const [ada, ben] = [await accountOf('ada'), await accountOf('ben')];
    expect((await order(`accounts/${ada.id}/skip`, { reason: ' ' })).status).toBe(400);
    for (const { id } of [ada, ben])
      expect((await order(`accounts/${id}/skip`, { reason: 'no licence left' })).status).toBe(204);
    await become('skipped', 'skipped');
    expect(await accountOf('ada')).toMatchObject({ note: 'no licence left' });
    await peer.clearFaults();
    await hr.event('employee.updated', { employeeNumber: 'ben', title: 'Engineer' });
    await become('active', 'skipped');
    expect((await order(`accounts/${ben.id}/skip`, { reason: 'x' })).body.code).toBe('account_not_behind');
    expect((await order('accounts/retry', { state: 'skipped' })).body).toMatchObject({ retried: 1 });
    await become('active', 'active');
    expect(await accountOf('ada')).toMatchObject({ note: null });
    expect(await journal(ada.id)).toEqual(['account.skipped', 'account.retried']);
  });

  it('does not believe a call that was under way when the account was skipped, and makes no second one', async () => {
    await peer.inject({ kind: 'delay', method: 'POST', path: '/Users', ms: 1_000 });
    await hire('ada');
    await eventually(
      () => peer.received(),
      (calls) => calls.some(({ method, path }) => method === 'POST' && path.includes('/Users')),
    );
    const { id } = await accountOf('ada');
    expect((await order(`accounts/${id}/skip`, { reason: 'wait' })).status).toBe(204);
    await eventually(
      () => operations(id),
      (seen) => seen.length > 0,
    );
    expect(await accountOf('ada')).toMatchObject({ state: 'skipped', note: 'wait' });
    await peer.clearFaults();
    expect((await order(`accounts/${id}/retry`)).body).toMatchObject({ retried: 1 });
    await become('active');
    expect(await users()).toEqual([expect.stringMatching(/^ada on/)]);
  });

  it('re-provisions an account, or all of a person: what somebody changed in the app is repaired', async () => {
    await hire('ada');
    await eventually(users, (seen) => seen.join() === 'ada on All');
    const { id, identityId } = await become('active').then(([first]) => first!);
    for (const path of [`accounts/${id}/reprovision`, `identities/${identityId}/reprovision`]) {
      await changeInTheApp();
      expect(await users()).toEqual(['ada off']);
      expect((await order(path)).status).toBe(202);
      await eventually(users, (seen) => seen.join() === 'ada on All');
      await become('active');
    }
    expect(await journal(id)).toEqual(['account.reprovisioned', 'account.reprovisioned']);
    expect(await journal(identityId)).toEqual(['identity.reprovisioned']);
    await tenant.api.put(`/api/v1/accounts/${id}/protection`, { reason: 'break-glass' });
    expect((await order(`accounts/${id}/reprovision`)).body.code).toBe('account_protected');
    expect((await order(`identities/${identityId}/reprovision`)).body).toMatchObject({ accounts: 0 });
  });

  /** Somebody disables the user by hand and takes the groups away. */
  async function changeInTheApp(): Promise<void> {
    const { users: all, groups } = await peer.state();
    const headers = { authorization: `Bearer ${peer.token}`, 'content-type': 'application/scim+json' };
    const patch = (path: string, operation: object): Promise<Response> =>
      fetch(`${peer.baseUrl}${path}`, {
        method: 'PATCH',
        headers,
        body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] }),
      });
    for (const { id } of all) await patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    for (const { id } of groups) await patch(`/Groups/${id}`, { op: 'remove', path: 'members' });
  }

  it('is for whoever operates, and not for another tenant', async () => {
    await refuseEverything();
    await hire('ada');
    await become('failed');
    const { id, identityId } = await accountOf('ada');
    const [other, auditor] = [(await api.tenant()).api, await tenant.as('auditor')];
    const calls: [string, object, string][] = [
      [`accounts/${id}/retry`, {}, 'account_not_found'],
      [`accounts/${id}/skip`, { reason: 'x' }, 'account_not_found'],
      [`accounts/${id}/reprovision`, {}, 'account_not_found'],
      [`identities/${identityId}/reprovision`, {}, 'identity_not_found'],
      ['accounts/retry', { applicationId }, 'application_not_found'],
    ];
    for (const [path, body, code] of calls) {
      expect(await order(path, body, other)).toMatchObject({ status: 404, body: { code } });
      expect((await order(path, body, auditor)).status).toBe(403);
    }
    expect((await order('accounts/retry', { identityId }, other)).body).toMatchObject({ retried: 0 });
    await become('failed');
  });
});
