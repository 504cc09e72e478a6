import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface AccountView {
  readonly id: string;
  readonly identityId: string;
  readonly state: string;
  readonly desiredVersion: number;
  readonly appliedVersion: number;
  readonly error: { readonly class: string; readonly message: string; readonly remedy: string } | null;
  readonly plan: readonly { readonly kind: string }[] | null;
}

interface CreatedApplication {
  readonly id: string;
  readonly check: { readonly ok: boolean; readonly summary: string };
}

describe('work that does not get on', () => {
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
  });

  const apply = (change: object = {}): Promise<CreatedApplication> =>
    tenant.api.made<CreatedApplication>('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: peer.baseUrl },
      credentials: { token: peer.token },
      ...change,
    });
  const give = async (applicationId: string): Promise<void> => {
    await tenant.api.made('/api/v1/policies', {
      name: 'Everyone',
      condition: 'true',
      grants: [{ applicationId }],
      publish: true,
    });
  };
  const hire = async (...names: string[]): Promise<void> => {
    for (const name of names)
      await hr.event('employee.created', { employeeNumber: name, email: `${name}@example.com` });
  };
  const accounts = (query = ''): Promise<AccountView[]> => tenant.api.all(`/api/v1/accounts${query}`);
  const states = async (): Promise<string[]> => (await accounts()).map(({ state }) => state).sort();
  const become = (...expected: string[]): Promise<string[]> =>
    eventually(states, (seen) => seen.join() === expected.join());
  const users = async (): Promise<string[]> => (await peer.state()).users.map(({ userName }) => userName).sort();

  it('of an application that cannot be reached is told at its creation, waits, and is done when it can be', async () => {
    const { id, check } = await apply({ config: { baseUrl: 'http://127.0.0.1:1/scim/v2' } });
    expect(check).toEqual({ ok: false, summary: expect.stringMatching(/^retryable: /) });
    await give(id);
    await hire('ada', 'ben');
    await eventually(
      () => tenant.api.get<{ quarantineReason: string | null }>(`/api/v1/applications/${id}`),
      ({ body }) => body.quarantineReason !== null,
    );
    await become('pending', 'pending');
    expect(await accounts()).toMatchObject([{ appliedVersion: 0 }, { appliedVersion: 0 }]);

    await tenant.api.patch(`/api/v1/applications/${id}`, {
      config: { baseUrl: peer.baseUrl },
      credentials: { token: peer.token },
    });
    await become('active', 'active');
    expect(await users()).toEqual(['ada@example.com', 'ben@example.com']);
  });

  it('of an application that refuses the credentials waits for new ones', async () => {
    const { id, check } = await apply({ credentials: { token: 'wrong' } });
    expect(check).toEqual({ ok: false, summary: expect.stringMatching(/^auth: /) });
    await give(id);
    await hire('ada');
    await eventually(
      () => accounts(),
      ([account]) => account?.error?.class === 'auth',
    );
    await tenant.api.patch(`/api/v1/applications/${id}`, { credentials: { token: peer.token } });
    await become('active');
  });

  it('is listed with cause and remedy, and retried one by one or all at once', async () => {
    const { id, check } = await apply();
    expect(check.ok).toBe(true);
    await peer.inject({ kind: 'error', method: 'POST', path: '/Users', status: 400 });
    await give(id);
    await hire('ada', 'ben', 'cleo');
    await become('failed', 'failed', 'failed');

    const failed = await accounts(`?applicationId=${id}&state=failed`);
    for (const { error } of failed)
      expect(error).toMatchObject({
        class: 'invalid',
        remedy: expect.stringMatching(/^The application refuses a value\. Correct/),
      });
    const operations = await tenant.api.all<{ kind: string; outcome: string; remedy: string; exchanges: object[] }>(
      `/api/v1/operations?accountId=${failed[0]!.id}`,
    );
    expect(operations).toMatchObject([
      { kind: 'create', outcome: 'invalid', remedy: failed[0]!.error?.remedy, exchanges: [expect.anything()] },
    ]);
    expect(JSON.stringify(operations)).not.toContain(peer.token);

    await peer.clearFaults();
    expect(await tenant.api.post(`/api/v1/accounts/${failed[0]!.id}/retry`)).toMatchObject({
      status: 200,
      body: { retried: 1 },
    });
    await become('active', 'failed', 'failed');
    expect(await tenant.api.post<ProblemBody>(`/api/v1/accounts/${failed[0]!.id}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'account_not_failed' },
    });

    expect(await tenant.api.post(`/api/v1/applications/${id}/retry`)).toMatchObject({
      status: 200,
      body: { retried: 2 },
    });
    await become('active', 'active', 'active');
    expect(await accounts('?state=failed')).toEqual([]);
    expect(await users()).toEqual(['ada@example.com', 'ben@example.com', 'cleo@example.com']);
    expect(await tenant.api.post(`/api/v1/applications/${id}/retry`)).toMatchObject({ body: { retried: 0 } });
  });

  it('is not another tenant’s to retry', async () => {
    const { id } = await apply();
    await peer.inject({ kind: 'error', method: 'POST', path: '/Users', status: 400 });
    await give(id);
    await hire('ada');
    await become('failed');
    const other = await api.tenant();
    const [account] = await accounts();
    expect(await other.api.post<ProblemBody>(`/api/v1/accounts/${account!.id}/retry`)).toMatchObject({
      status: 404,
      body: { code: 'account_not_found' },
    });
    expect(await other.api.post<ProblemBody>(`/api/v1/applications/${id}/retry`)).toMatchObject({
      status: 404,
      body: { code: 'application_not_found' },
    });
    expect(await states()).toEqual(['failed']);
  });

  it('because the mode forbids it is shown as a plan, and done when the mode allows it', async () => {
    const { id } = await apply({ mode: 'observe' });
    await give(id);
    await hire('ada');
    await become('withheld');
    expect(await accounts()).toMatchObject([{ plan: [{ kind: 'create' }], appliedVersion: 0 }]);
    expect(await users()).toEqual([]);
    await tenant.api.patch(`/api/v1/applications/${id}`, { mode: 'enforce' });
    await become('active');
    expect(await users()).toEqual(['ada@example.com']);
  });

  it('can be tested at any time: the same words as at the creation', async () => {
    const { id } = await apply();
    await peer.inject({ kind: 'error', status: 401, times: 10 });
    expect(await tenant.api.post(`/api/v1/applications/${id}/test`)).toMatchObject({
      status: 200,
      body: { ok: false, summary: expect.stringMatching(/^auth/) },
    });
    await peer.clearFaults();
    expect(await tenant.api.post(`/api/v1/applications/${id}/test`)).toMatchObject({ status: 200, body: { ok: true } });
  });

  it('keeps its credentials to itself: no answer shows them', async () => {
    const { id } = await apply({ credentials: { token: 'very-secret-token' } });
    const answers = await Promise.all(
      ['/api/v1/applications', `/api/v1/applications/${id}`].map((path) => tenant.api.get(path)),
    );
    expect(answers.map(({ text }) => text).join()).not.toMatch(/very-secret-token|sealed/);
    expect(
      await api.database.query("SELECT FROM journal_payloads WHERE body::text LIKE '%very-secret-token%'"),
    ).toEqual([]);
  });
});
