import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScimPeer, type ScimUser } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface AccountView {
  readonly id: string;
  readonly state: string;
  readonly remoteId: string | null;
  readonly note: string | null;
  readonly plan: readonly { readonly kind: string }[] | null;
  readonly error: { readonly message: string } | null;
  readonly applicationId: string;
}

interface Question {
  readonly id: string;
  readonly details: { readonly accountId: string; readonly otherAccountId: string };
}

const HIRES = 20;
const MAIL = 'emails[type eq "work"].value';

describe('accounts of people', () => {
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

  async function application(name: string, more: object = {}): Promise<string> {
    const config = { baseUrl: peer.baseUrl, settleMs: 0 };
    const input = { name, connector: 'scim', config, credentials: { token: peer.token }, ...more };
    const { id } = await tenant.api.made('/api/v1/applications', input);
    const grants = [{ applicationId: id }];
    const policy = { name, condition: 'identity.employeeNumber != ""', grants, publish: true };
    await tenant.api.made('/api/v1/policies', policy);
    return id;
  }
  const accounts = (applicationId: string): Promise<AccountView[]> =>
    tenant.api.all<AccountView>(`/api/v1/accounts?applicationId=${applicationId}`);
  const inState = (applicationId: string, state: string, count = 1): Promise<AccountView[]> =>
    eventually(
      () => accounts(applicationId),
      (seen) => seen.filter((account) => account.state === state).length === count,
    );
  const hire = (number: number, more: object = {}): Promise<unknown> =>
    hr.event('employee.created', {
      ...{ employeeNumber: String(number), firstName: 'John', lastName: 'Doe', email: `j${number}@example.com` },
      ...more,
    });
  const mapping = (more: object): object => ({
    displayName: 'identity.displayName',
    [MAIL]: 'identity.email',
    ...more,
  });

  it('get names of their own, when many of one name are hired at once and somebody in the app has one', async () => {
    await peer.addUser({ userName: 'jdoe2', active: true });
    const id = await application('Directory', {
      mapping: mapping({
        userName: { value: '"jdoe"', unique: { alternatives: ['identity.employeeNumber + ".doe"'] } },
      }),
    });
    await Promise.all(Array.from({ length: HIRES }, (_, number) => hire(number)));
    await inState(id, 'active', HIRES);
    const names = (await peer.state()).users.map(({ userName }) => userName).sort();
    const given = Array.from({ length: HIRES }, (_, number) => `${number}.doe`).filter((name) => names.includes(name));
    expect(new Set(names).size).toBe(HIRES + 1);
    // One is plain, the others take their alternative: nobody needs a number.
    expect([names.includes('jdoe'), given.length]).toEqual([true, HIRES - 1]);

    const before = await peer.state();
    await hr.event('employee.updated', { employeeNumber: '0', title: 'Boss' });
    await inState(id, 'active', HIRES);
    expect((await peer.state()).users.map(({ userName }) => userName).sort()).toEqual(
      before.users.map(({ userName }) => userName).sort(),
    );
  });

  it('that are there already are found by match rules; several are a question, which a person answers', async () => {
    const emails = [{ type: 'work', value: 'j1@example.com' }];
    const { id: first } = await peer.addUser({ userName: 'one', emails });
    await peer.addUser({ userName: 'two', emails });
    const id = await application('Directory', {
      mapping: mapping({ userName: { value: 'identity.email', sync: 'once' } }),
      match: [MAIL],
    });
    await hire(1);
    const [account] = await inState(id, 'failed');
    expect(account?.error?.message).toMatch(/^2 accounts of the application match/);
    const [question] = await tenant.api.all<{ details: object }>('/api/v1/cases?kind=ambiguous_account');
    expect(question).toMatchObject({ details: { applicationId: id, remoteIds: expect.arrayContaining([first]) } });

    const path = `/api/v1/accounts/${account?.id ?? ''}/link`;
    expect((await (await api.tenant()).api.post(path, { remoteId: first })).status).toBe(404);
    expect((await tenant.api.post(path, { remoteId: first })).status).toBe(204);
    await inState(id, 'active');
    const { users } = await peer.state();
    expect(users).toHaveLength(2);
    // Written once: the application's own name stays.
    expect(users.find((user) => user.id === first)).toMatchObject({ userName: 'one', externalId: account?.id });
    expect(await tenant.api.all('/api/v1/cases?kind=ambiguous_account&state=open')).toEqual([]);
  });

  /** The open question which of two accounts stays. */
  async function duplicate(): Promise<{ id: string; accountIds: readonly string[] }> {
    const [question] = await tenant.api.all<Question>('/api/v1/cases?kind=duplicate_account&state=open');
    if (!question) throw new Error('nothing was asked');
    return { id: question.id, accountIds: [question.details.accountId, question.details.otherAccountId] };
  }
  const isRight = ({ active, groups }: ScimUser, isKept: boolean): boolean =>
    active === isKept && groups.includes('Staff') === isKept;

  it.each([
    ['that of the identity that stays', 0],
    ['the other one', 1],
  ])('of two that a merge finds stays the one that a person names: %s', async (_, named) => {
    const id = await application('Directory', {
      mapping: mapping({ userName: { value: 'identity.email', sync: 'once' } }),
    });
    const entitlements = [{ kind: 'group', name: 'Staff' }];
    const grants = [{ applicationId: id, entitlements }];
    await tenant.api.made('/api/v1/policies', { name: 'Staff', condition: 'true', grants, publish: true });
    for (const number of [1, 2]) await hire(number, { lastName: `Doe${number}` });
    await inState(id, 'active', 2);
    const people = await tenant.api.all<{ id: string; employeeNumber: string }>('/api/v1/identities');
    const [survivor = '', otherId = ''] = people
      .sort((a, b) => a.employeeNumber.localeCompare(b.employeeNumber))
      .map((one) => one.id);
    const merge = { otherId, reason: 'one person' };
    expect(await tenant.api.post(`/api/v1/identities/${survivor}/merge`, merge)).toMatchObject({
      status: 200,
    });
    const { id: question, accountIds } = await duplicate();
    const [accountId] = accountIds;
    const chosen = accountIds[named];
    const before = await accounts(id);
    const stays = before.find((one) => one.id === chosen)?.remoteId;

    const path = `/api/v1/cases/${question}/resolve`;
    const keep = (account: string | undefined) => tenant.api.post(path, { action: 'keep_account', accountId: account });
    expect(await keep(survivor)).toMatchObject({ status: 422, body: { code: 'case_action_unfit' } });
    expect(await keep(chosen)).toMatchObject({
      ...{ status: 200, body: { accountId, case: { state: 'resolved' } } },
    });
    await inState(id, 'disabled', 1);
    const [kept] = await eventually(
      () => inState(id, 'active', 1).then((seen) => seen.filter(({ state }) => state === 'active')),
      ([one]) => one?.remoteId === stays,
    );
    expect(kept).toMatchObject({ id: accountId, remoteId: stays });
    await eventually(async () => (await peer.state()).users.every((user) => isRight(user, user.id === stays)));
    expect((await peer.state()).users.find((user) => user.id === stays)).toMatchObject({ externalId: accountId });
    expect(await tenant.api.get(`/api/v1/identities/${survivor}`)).toMatchObject({
      body: { state: 'active' },
    });
  });

  it('become ours only when the application may be written: in observe a match is part of the plan', async () => {
    const { id: there } = await peer.addUser({ userName: 'j1@example.com', displayName: 'Old' });
    const id = await application('Directory', { mode: 'observe' });
    await hire(1);
    const [seen] = await inState(id, 'withheld');
    expect(seen).toMatchObject({ remoteId: null, plan: [{ kind: 'adopt', remoteId: there }, { kind: 'update' }] });
    await tenant.api.patch(`/api/v1/applications/${id}`, { mode: 'enforce' });
    const [ours] = await inState(id, 'active');
    expect(ours?.remoteId).toBe(there);
    expect((await peer.state()).users).toMatchObject([{ id: there, externalId: ours?.id, displayName: 'John Doe' }]);
  });

  it('wait for the application that comes first, and go on when it is there', async () => {
    const first = await application('Directory');
    await peer.inject({ kind: 'error', status: 400, method: 'POST', path: '^/Users$', times: 1 });
    const then = await application('Mail', {
      mapping: { userName: '"mail-" + identity.email' },
      dependsOn: [first],
    });
    await hire(1);
    await inState(first, 'failed');
    const [waiting] = await inState(then, 'waiting');
    expect(waiting?.note).toBe('Waits for the person’s account in Directory.');
    expect((await peer.state()).users).toEqual([]);
    await tenant.api.post(`/api/v1/applications/${first}/retry`);
    await inState(then, 'active');
    const created = (await peer.received()).filter(({ method, path }) => method === 'POST' && path === '/Users');
    expect(created.map(({ body }) => (body as { userName: string }).userName)).toEqual([
      ...['j1@example.com', 'j1@example.com', 'mail-j1@example.com'],
    ]);
  });

  it('wait no more for an account that nobody may touch', async () => {
    const first = await application('Directory');
    await peer.inject({ kind: 'error', status: 400, method: 'POST', path: '^/Users$', times: 1 });
    const then = await application('Mail', { mapping: { userName: '"mail-" + identity.email' }, dependsOn: [first] });
    await hire(1);
    await inState(then, 'waiting');
    const [failed] = await inState(first, 'failed');
    await tenant.api.put(`/api/v1/accounts/${failed?.id ?? ''}/protection`, { reason: 'a service account' });
    await inState(then, 'active');
    expect((await peer.state()).users.map(({ userName }) => userName)).toEqual(['mail-j1@example.com']);
  });

  it('cannot wait for each other in a circle', async () => {
    const [first, second] = [await application('One'), await application('Two')];
    expect((await tenant.api.patch(`/api/v1/applications/${second}`, { dependsOn: [first] })).status).toBe(200);
    const circle = await tenant.api.patch(`/api/v1/applications/${first}`, { dependsOn: [second] });
    expect(circle).toMatchObject({ status: 422, body: { faults: [{ path: 'dependsOn.0' }] } });
    const itself = await tenant.api.patch(`/api/v1/applications/${first}`, { dependsOn: [first] });
    expect(itself).toMatchObject({ status: 422, body: { faults: [{ path: 'dependsOn.0' }] } });
  });

  it('have a first password that is handed over once, and is nowhere else', async () => {
    const id = await application('Directory', { initialCredential: { target: 'password', length: 24 } });
    await hire(1);
    const [account] = await inState(id, 'active');
    const path = `/api/v1/accounts/${account?.id ?? ''}/initial-credential`;
    expect((await (await api.tenant()).api.post(path)).status).toBe(404);
    const taken = await tenant.api.post<{ password: string }>(path, undefined, {
      headers: { 'idempotency-key': 'once' },
    });
    const { password } = taken.body;
    expect(password).toMatch(/^[-\w.!*+#]{24}$/);
    const [create] = (await peer.received()).filter(({ method }) => method === 'POST');
    expect(create?.body).toMatchObject({ password });
    expect((await tenant.api.post(path)).body).toMatchObject({ code: 'initial_credential_taken' });
    const again = await tenant.api.post(path, undefined, { headers: { 'idempotency-key': 'once' } });
    expect(again.text).not.toContain(password);
    const everywhere = await api.database.query<{ text: string }>(
      `SELECT (SELECT json_agg(o)::text FROM operations o) || (SELECT json_agg(a)::text FROM accounts a)
         || (SELECT json_agg(j)::text FROM journal_payloads j) AS text`,
    );
    expect(everywhere[0]?.text).toBeDefined();
    expect(everywhere[0]?.text).not.toContain(password);
    expect(api.log.lines.join('\n')).not.toContain(password);
  });

  it.each<[string, object, string]>([
    ['a playbook', { playbook: { left: { deleteAfterDay: 1 } } }, 'playbook.left.deleteAfterDay'],
    ['an heir', { playbook: { left: { transferTo: 'somebody' } } }, 'playbook.left.transferTo'],
    ['a reaction', { drift: { attributes: { title: 'undo' } } }, 'drift.attributes.title'],
    ['a match rule', { match: ['mail'] }, 'match.0'],
    ['a password rule', { initialCredential: { target: 'userName' } }, 'initialCredential.target'],
    [
      'a rule of a name',
      { mapping: { userName: { value: 'identity.userName', uniq: true } } },
      'mapping.userName.uniq',
    ],
  ])('are refused with the place of the mistake: %s', async (_, setting, path) => {
    const config = { baseUrl: peer.baseUrl };
    const input = { name: 'Wrong', connector: 'scim', config, credentials: { token: 'x' }, ...setting };
    const answer = await tenant.api.post<{ faults: { path: string }[] }>('/api/v1/applications', input);
    expect(answer.status).toBe(422);
    expect(answer.body.faults.map((fault) => fault.path)).toContain(path);
  });
});
