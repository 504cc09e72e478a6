import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCrm, dropCrm, emptyCrm, inCrm, readCrm, type Crm } from '../peers/sql-app.js';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

const OWNER_URL = process.env.TEST_DATABASE_OWNER_URL ?? '';
const DATABASE = `crm_leave_${process.pid}`;

interface Step {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly note: string | null;
  readonly error: { readonly message: string } | null;
}
interface AccountView {
  readonly id: string;
  readonly state: string;
  readonly remoteId: string | null;
}

describe('the leaver playbook', () => {
  let api: TestApi;
  let crm: Crm;
  let peer: ScimPeer;
  let tenant: ApiTenant;
  let hr: HrSystem;

  beforeAll(async () => {
    [api, crm, peer] = await Promise.all([
      startTestApi({ worker: true }),
      createCrm(OWNER_URL, DATABASE),
      ScimPeer.start(),
    ]);
  });
  afterAll(async () => {
    await api.close();
    await peer.stop();
    await dropCrm(OWNER_URL, DATABASE);
  });
  beforeEach(async () => {
    await api.quiet();
    await Promise.all([emptyCrm(crm.url), peer.reset()]);
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
  });

  const ADA = { employeeNumber: '7', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' };
  const BOSS = { employeeNumber: '1', email: 'boss@example.com', firstName: 'Bo', lastName: 'Ss' };

  async function application(input: object, groups: readonly object[] = []): Promise<string> {
    const { id } = await tenant.api.made('/api/v1/applications', { name: 'App', ...input });
    const grants = [{ applicationId: id, entitlements: groups }];
    const policy = { name: 'All', condition: 'identity.employeeNumber != ""', grants, publish: true };
    await tenant.api.made('/api/v1/policies', policy);
    return id;
  }
  const sql = (more: object = {}): Promise<string> =>
    application({ connector: 'sql', config: crm.config, credentials: crm.credentials, ...more }, [
      { kind: 'role', name: 'Seller' },
    ]);
  const identityOf = async (employeeNumber: string): Promise<string> => {
    const filter = encodeURIComponent(`employeeNumber eq "${employeeNumber}"`);
    const [found] = await tenant.api.all<{ id: string }>(`/api/v1/identities?filter=${filter}`);
    return found?.id ?? '';
  };
  const accountOf = async (employeeNumber: string): Promise<AccountView | undefined> =>
    (await tenant.api.all<AccountView>(`/api/v1/accounts?identityId=${await identityOf(employeeNumber)}`))[0];
  const inState = (employeeNumber: string, state: string): Promise<AccountView | undefined> =>
    eventually(
      () => accountOf(employeeNumber),
      (account) => account?.state === state,
    );
  const steps = async (employeeNumber: string): Promise<readonly Step[]> => {
    const account = await accountOf(employeeNumber);
    return tenant.api.all<Step>(`/api/v1/leave-steps?accountId=${account?.id ?? ''}`);
  };
  const settled = (employeeNumber: string): Promise<readonly Step[]> =>
    eventually(
      () => steps(employeeNumber),
      (seen) => seen.length > 0 && seen.every(({ kind, state }) => state !== 'due' || kind === 'delete'),
    );
  const noted = (employeeNumber: string): Promise<readonly Step[]> =>
    eventually(
      () => steps(employeeNumber),
      (seen) => seen.some(({ kind, note }) => kind === 'delete' && note !== null),
    );
  const told = (seen: readonly Step[]): Record<string, string> =>
    Object.fromEntries(seen.map(({ kind, state }) => [kind, state]));
  const later = (days: number): Promise<unknown> =>
    api.database.query(
      `UPDATE leave_steps SET due_at = due_at - make_interval(days => ${days}) WHERE tenant_id = $1 AND state = 'due'`,
      [tenant.tenantId],
    );

  it('takes everything away, in order, gives what is owned to the manager, and deletes at its day', async () => {
    await sql({
      playbook: { left: { transferTo: 'manager', reclaimLicence: true, deleteAfterDays: 30 } },
    });
    await hr.event('employee.created', BOSS);
    await hr.event('employee.created', { ...ADA, managerEmployeeNumber: '1' });
    await Promise.all([inState('1', 'active'), inState('7', 'active')]);
    await eventually(
      () => readCrm(crm.url),
      (users) => users.length === 2 && users.every(({ roles }) => roles.includes('Seller')),
    );
    await inCrm(
      crm.url,
      `INSERT INTO crm_role (name) VALUES ('Secret');
       INSERT INTO crm_user_role SELECT u.id, r.id FROM crm_user u, crm_role r WHERE u.login = 'ada@example.com' AND r.name = 'Secret';
       INSERT INTO crm_session (user_id) SELECT id FROM crm_user;
       INSERT INTO crm_deal (owner_id) SELECT id FROM crm_user WHERE login = 'ada@example.com'`,
    );

    await hr.event('employee.terminated', ADA);
    expect(told(await settled('7'))).toEqual({
      ...{ disable: 'done', end_sessions: 'done', remove_entitlements: 'done', transfer: 'done' },
      ...{ reclaim_licence: 'done', read_back: 'done', delete: 'due' },
    });
    await inState('7', 'disabled');
    const [ada] = (await readCrm(crm.url)).filter(({ login }) => login === 'ada@example.com');
    expect(ada).toMatchObject({ isActive: false, roles: [] });
    const left = await inCrm<Record<string, string>>(
      crm.url,
      `SELECT (SELECT string_agg(u.login, ',') FROM crm_session s JOIN crm_user u ON u.id = s.user_id) AS sessions,
         (SELECT string_agg(u.login, ',') FROM crm_deal d JOIN crm_user u ON u.id = d.owner_id) AS deals,
         (SELECT seat FROM crm_user WHERE login = 'ada@example.com') AS seat`,
    );
    expect(left).toEqual([{ sessions: 'boss@example.com', deals: 'boss@example.com', seat: 'none' }]);

    await later(31);
    await inState('7', 'deleted');
    expect((await readCrm(crm.url)).map(({ login }) => login)).toEqual(['boss@example.com']);
    expect(told(await steps('7')).delete).toBe('done');
  });

  it('is red where the application cannot, and a person says what was done by hand', async () => {
    await application({
      ...{ connector: 'scim', config: { baseUrl: peer.baseUrl, settleMs: 0 }, credentials: { token: peer.token } },
      playbook: { left: { transferTo: 'manager', deleteAfterDays: 0 } },
    });
    await hr.event('employee.created', ADA);
    await inState('7', 'active');
    await hr.event('employee.terminated', ADA);
    const seen = await noted('7');
    expect(told(seen)).toEqual({
      ...{ disable: 'done', end_sessions: 'unsupported', remove_entitlements: 'done' },
      ...{ transfer: 'failed', read_back: 'done', delete: 'due' },
    });
    const of = (kind: string): Step | undefined => seen.find((step) => step.kind === kind);
    expect(of('transfer')?.error?.message).toMatch(/no manager/);
    expect(of('delete')?.note).toMatch(/^Waits for "transfer"/);
    expect((await peer.state()).users).toHaveLength(1);

    const other = await api.tenant();
    const path = `/api/v1/leave-steps/${of('transfer')?.id ?? ''}`;
    expect((await other.api.post(`${path}/done`, { reason: 'mine' })).status).toBe(404);
    expect((await tenant.api.post(`${path}/done`, {})).status).toBe(400);
    expect((await tenant.api.post(`${path}/done`, { reason: 'Moved to Bo by hand, ticket 12' })).status).toBe(200);
    expect((await tenant.api.post(`${path}/skip`, { reason: 'again' })).body).toMatchObject({
      code: 'leave_step_settled',
    });
    await inState('7', 'deleted');
    expect((await peer.state()).users).toEqual([]);
  });

  it('ends the sessions of somebody who is back before anything was done, and nothing else', async () => {
    const id = await sql();
    await hr.event('employee.created', ADA);
    await inState('7', 'active');
    await eventually(
      () => readCrm(crm.url),
      ([user]) => user?.roles.includes('Seller') === true,
    );
    await inCrm(crm.url, 'INSERT INTO crm_session (user_id) SELECT id FROM crm_user');
    const pause = { at: '2026-01-01T00:00:00Z', by: 'spec', reason: 'so that nothing is done yet', until: null };
    const setPause = (value: unknown): Promise<unknown> =>
      api.database.query('UPDATE applications SET pause = $2 WHERE id = $1', [
        id,
        value === null ? null : JSON.stringify(value),
      ]);
    await setPause(pause);
    await hr.event('employee.terminated', ADA);
    await eventually(
      () => steps('7'),
      (seen) => seen.length > 0,
    );
    await hr.event('employee.rehired', ADA);
    await eventually(
      () => steps('7'),
      (seen) => seen.some(({ state }) => state === 'cancelled'),
    );
    await setPause(null);
    const seen = await eventually(
      () => steps('7'),
      (now) => now.every(({ state }) => state !== 'due'),
    );
    expect(told(seen)).toEqual({
      ...{ disable: 'cancelled', end_sessions: 'done', remove_entitlements: 'cancelled', read_back: 'cancelled' },
    });
    await inState('7', 'active');
    const users = await eventually(
      () => readCrm(crm.url),
      ([user]) => user?.roles.includes('Seller') === true,
    );
    expect(users).toMatchObject([{ isActive: true, roles: ['Seller'] }]);
    expect(await inCrm(crm.url, 'SELECT FROM crm_session')).toEqual([]);
  });
});
