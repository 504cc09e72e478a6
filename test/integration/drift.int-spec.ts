import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScimPeer, type ScimUser } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { Page, ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface ScanBody {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}
interface Finding {
  readonly id: string;
  readonly kind: string;
  readonly attribute: string;
  readonly desired: unknown;
  readonly applied: unknown;
  readonly observed: unknown;
  readonly cause: string;
  readonly state: string;
  readonly entitlementId: string | null;
}
interface Unknown {
  readonly id: string;
  readonly state: string;
  readonly remoteId: string;
  readonly candidates: readonly { readonly identityId: string; readonly by: string; readonly hasAccount: boolean }[];
}

const NAMES = ['ada', 'bob', 'cyd', 'dan', 'eve'] as const;
const GROUP = 'Staff';

describe('what people change in an application', () => {
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
  });

  const found = async (change: object = {}): Promise<void> => {
    ({ id: applicationId } = await tenant.api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: peer.baseUrl },
      credentials: { token: peer.token },
      ...change,
    }));
    await tenant.api.made('/api/v1/policies', {
      name: 'Everyone',
      condition: 'true',
      grants: [{ applicationId, entitlements: [{ kind: 'group', name: GROUP }] }],
      publish: true,
    });
    for (const name of NAMES) await hire(name);
  };
  const hire = (name: string) =>
    hr.event('employee.created', {
      employeeNumber: name,
      email: `${name}@example.com`,
      firstName: name,
      lastName: 'Doe',
      title: 'Clerk',
    });
  const settled = async (): Promise<void> => {
    await eventually(async () => {
      const [row] = await api.database.query<{ behind: number }>(
        `SELECT (SELECT count(*)::int FROM identities WHERE access_version < version AND tenant_id = $1)
           + (SELECT count(*)::int FROM accounts WHERE applied_version < desired_version AND tenant_id = $1)
           + (SELECT count(*)::int FROM accounts WHERE lease_until IS NOT NULL AND tenant_id = $1)
           + (SELECT count(*)::int FROM entitlement_members WHERE wanted IS DISTINCT FROM held AND tenant_id = $1) AS behind`,
        [tenant.tenantId],
      );
      return row?.behind === 0;
    });
  };
  const started = async (change: object = {}): Promise<void> => {
    await found(change);
    await eventually(
      async () => (await users()).filter(({ groups }) => groups.includes(GROUP)).length === NAMES.length,
    );
    await settled();
  };
  const ended = (path: string): Promise<ScanBody> =>
    eventually(
      async () => (await tenant.api.get<ScanBody>(path)).body,
      ({ state }) => state !== 'running',
    );
  const scan = async (): Promise<ScanBody> => {
    const { id } = await tenant.api.made(`/api/v1/applications/${applicationId}/scans`, {});
    return ended(`/api/v1/scans/${id}`);
  };
  const users = async (): Promise<readonly ScimUser[]> => (await peer.state()).users;
  const user = async (name: string): Promise<ScimUser> => {
    const one = (await users()).find(({ userName }) => userName === `${name}@example.com`);
    if (!one) throw new Error(`${name} is not there`);
    return one;
  };
  const findings = (query = ''): Promise<Finding[]> =>
    tenant.api.all<Finding>(`/api/v1/drift?applicationId=${applicationId}${query}`);
  const unknown = (): Promise<Unknown[]> =>
    tenant.api.all<Unknown>(`/api/v1/unknown-accounts?applicationId=${applicationId}`);
  const react = (drift: object) => tenant.api.patch(`/api/v1/applications/${applicationId}`, { drift });

  it('is nothing when nobody changed anything', async () => {
    await started();
    expect(await scan()).toMatchObject({
      state: 'done',
      counts: { listed: 5, compared: 5, expectedAccounts: 5, unknown: 0 },
    });
    expect(await findings()).toEqual([]);
    expect(await api.database.query('SELECT FROM scanned_accounts UNION ALL SELECT FROM scanned_members')).toEqual([]);
  });

  it('is found with its cause, asked about, and undone attribute by attribute', async () => {
    await started();
    await peer.changeUser((await user('ada')).id, { title: 'Boss', displayName: 'Queen' });
    await scan();
    const open = await findings('&state=open');
    expect(open).toMatchObject([
      { kind: 'attribute', desired: expect.any(String), cause: expect.stringMatching(/^Somebody changed the value/) },
      { kind: 'attribute', desired: expect.any(String) },
    ]);
    const title = open.find(({ attribute }) => attribute === 'title')!;
    expect(title).toMatchObject({ desired: 'Clerk', applied: 'Clerk', observed: 'Boss' });
    expect(await user('ada')).toMatchObject({ title: 'Boss' });
    await tenant.api.made(`/api/v1/drift/${title.id}/revert`, {});
    await settled();
    expect(await user('ada')).toMatchObject({ title: 'Clerk', displayName: 'Queen' });
    expect(await tenant.api.post<ProblemBody>(`/api/v1/drift/${title.id}/revert`, {})).toMatchObject({
      status: 409,
      body: { code: 'drift_settled' },
    });
  });

  it('stays while it is asked about, however often the person changes otherwise; a new value is written', async () => {
    await started();
    await peer.changeUser((await user('ada')).id, { title: 'Boss' });
    await scan();
    for (const lastName of ['One', 'Two']) {
      await hr.event('employee.updated', { employeeNumber: 'ada', lastName });
      await eventually(async () => (await user('ada')).displayName === `ada ${lastName}`);
      await settled();
      expect(await user('ada')).toMatchObject({ title: 'Boss' });
    }
    await hr.event('employee.updated', { employeeNumber: 'ada', title: 'Chief' });
    await eventually(async () => (await user('ada')).title === 'Chief');
  });

  it('is undone by rule: values, a disabled user, a deleted one with its groups, members that came and went', async () => {
    await started({ drift: { reaction: 'revert' } });
    const [ada, bob, cyd, dan] = await Promise.all(NAMES.slice(0, 4).map(user));
    await peer.changeUser(ada!.id, { title: 'Boss' });
    await peer.changeUser(bob!.id, { active: false });
    await peer.deleteUser(cyd!.id);
    await peer.changeMembers(GROUP, { remove: [dan!.id] });
    expect(await scan()).toMatchObject({ state: 'done' });
    await settled();
    expect(
      (await users()).map(({ userName, title, active, groups }) => ({ userName, title, active, groups })).sort(byLogin),
    ).toEqual(
      NAMES.map((name) => ({ userName: `${name}@example.com`, title: 'Clerk', active: true, groups: [GROUP] })),
    );
    expect((await findings()).map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'attribute reverted',
      'disabled reverted',
      'member_removed reverted',
      'missing reverted',
    ]);
    expect(await scan()).toMatchObject({ counts: { compared: 5 } });
    expect(await findings('&state=open')).toEqual([]);
  });

  it('is undone at once for a leaver, whatever the rule says: enabled again, or put into a group', async () => {
    await started();
    await hr.event('employee.terminated', { employeeNumber: 'ada' });
    await eventually(async () => (await user('ada')).active === false && (await user('ada')).groups.length === 0);
    await settled();
    const { id } = await user('ada');
    await peer.changeUser(id, { active: true });
    await peer.changeMembers(GROUP, { add: [id] });
    await scan();
    await settled();
    expect(await user('ada')).toMatchObject({ active: false, groups: [] });
    expect((await findings()).map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'enabled reverted',
      'member_added reverted',
    ]);
    expect(await findings('&kind=enabled')).toMatchObject([{ cause: expect.stringMatching(/^Somebody enabled/) }]);
  });

  it('is taken over: the value stays, also when the person changes otherwise, until it is let go', async () => {
    await started({ drift: { attributes: { title: 'adopt' } } });
    await peer.changeUser((await user('ada')).id, { title: 'Boss' });
    await scan();
    expect(await findings()).toMatchObject([{ attribute: 'title', state: 'adopted' }]);
    await hr.event('employee.updated', { employeeNumber: 'ada', title: 'Clerk II', lastName: 'Roe' });
    await eventually(async () => String((await user('ada')).displayName).includes('Roe'));
    await settled();
    expect(await user('ada')).toMatchObject({ title: 'Boss' });
    expect(await scan()).toMatchObject({ counts: { compared: 5 } });
    const [adopted] = await findings('&state=adopted');
    await tenant.api.made(`/api/v1/drift/${adopted!.id}/revert`, { reason: 'HR is right' });
    await eventually(async () => (await user('ada')).title === 'Clerk II');
  });

  it('is taken over as a grant when somebody was put into a group', async () => {
    await started();
    const { id } = await user('ada');
    await tenant.api.made('/api/v1/policies', {
      name: 'Keys',
      condition: 'identity.employeeNumber == "bob"',
      grants: [{ applicationId, entitlements: [{ kind: 'group', name: 'Vault' }] }],
      publish: true,
    });
    await eventually(async () => (await user('bob')).groups.includes('Vault'));
    await settled();
    await peer.changeMembers('Vault', { add: [id] });
    await scan();
    const [added] = await findings('&kind=member_added');
    await tenant.api.made(`/api/v1/drift/${added!.id}/adopt`, { reason: 'Holds the keys' });
    await settled();
    const grants = await tenant.api.all<{ origin: string; reason: string; entitlementId: string }>('/api/v1/grants');
    expect(grants.filter(({ origin }) => origin === 'admin')).toMatchObject([
      { reason: 'Holds the keys', entitlementId: added!.entitlementId },
    ]);
    expect([...(await user('ada')).groups].sort()).toEqual([GROUP, 'Vault']);
    expect(await scan()).toMatchObject({ state: 'done' });
    expect(await findings('&state=open')).toEqual([]);
    expect(await tenant.api.post<ProblemBody>(`/api/v1/drift/${added!.id}/revert`, {})).toMatchObject({
      status: 409,
      body: { code: 'drift_granted' },
    });
  });

  it('closes itself when it is gone, and stays ignored while it stays the same', async () => {
    await started();
    const [ada, bob] = await Promise.all([user('ada'), user('bob')]);
    await peer.changeUser(ada.id, { title: 'Boss' });
    await peer.changeUser(bob.id, { title: 'Boss' });
    await peer.changeMembers(GROUP, { remove: [bob.id] });
    await scan();
    const titles = (await findings('&kind=attribute')) as (Finding & { accountId: string })[];
    const [ofAda] = titles.filter(({ accountId }) => accountId === ada.externalId);
    await tenant.api.made(`/api/v1/drift/${ofAda!.id}/ignore`, { reason: 'Honorary' });
    await peer.changeUser(bob.id, { title: 'Clerk' });
    await peer.changeMembers(GROUP, { add: [bob.id] });
    await scan();
    expect((await findings()).map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'attribute closed',
      'attribute ignored',
      'member_removed closed',
    ]);
    await peer.changeUser(ada.id, { title: 'Emperor' });
    await scan();
    expect(await findings('&state=open')).toMatchObject([{ attribute: 'title', observed: 'Emperor' }]);
  });

  it('is decided for many at once, and what is refused is counted by its reason', async () => {
    await started();
    const [ada, bob, cyd] = await Promise.all(NAMES.slice(0, 3).map(user));
    for (const one of [ada, bob, cyd]) await peer.changeUser(one!.id, { title: 'Boss' });
    await scan();
    await tenant.api.put(`/api/v1/accounts/${String(cyd!.externalId)}/protection`, { reason: 'break glass' });
    const decided = await tenant.api.made<object>('/api/v1/drift/decisions', {
      decision: 'revert',
      applicationId,
      attribute: 'title',
    });
    expect(decided).toEqual({ decided: 2, refused: { account_protected: 1 }, more: false });
    await settled();
    const titles = (await users()).map(({ title }) => title);
    expect(titles.filter((title) => title === 'Boss')).toHaveLength(1);
    expect(await tenant.api.post<ProblemBody>('/api/v1/drift/decisions', { decision: 'ignore' })).toMatchObject({
      status: 400,
    });
  });

  it('is not believed when most of them are gone, until somebody accepts it', async () => {
    await started({ drift: { reaction: 'revert' } });
    for (const name of NAMES.slice(0, 3)) await peer.deleteUser((await user(name)).id);
    const suspected = await scan();
    expect(suspected).toMatchObject({ state: 'suspected', counts: { expectedAccounts: 5, seenAccounts: 2 } });
    expect(await findings()).toEqual([]);
    const cases = () => tenant.api.all<{ state: string; reason: string }>('/api/v1/cases?kind=scan_suspected');
    expect(await cases()).toMatchObject([{ state: 'open', reason: expect.stringMatching(/^Only 2 of the 5/) }]);
    await tenant.api.made(`/api/v1/scans/${suspected.id}/accept`, { reason: 'The app was reset' });
    expect(await ended(`/api/v1/scans/${suspected.id}`)).toMatchObject({ state: 'done' });
    await settled();
    expect((await users()).filter(({ groups }) => groups.includes(GROUP))).toHaveLength(5);
    expect(await cases()).toMatchObject([{ state: 'resolved' }]);
    expect(await tenant.api.post<ProblemBody>(`/api/v1/scans/${suspected.id}/accept`, {})).toMatchObject({
      status: 409,
      body: { code: 'scan_not_suspected' },
    });
  });

  it('is not believed when the list is empty; the next normal scan settles the question', async () => {
    await started();
    const all = await users();
    for (const { id } of all) await peer.deleteUser(id);
    const suspected = await scan();
    expect(suspected).toMatchObject({ state: 'suspected', counts: { listed: 0 } });
    for (const { groups: _, ...one } of all) await peer.addUser(one);
    expect(await scan()).toMatchObject({ state: 'done' });
    expect((await tenant.api.get<ScanBody>(`/api/v1/scans/${suspected.id}`)).body).toMatchObject({
      state: 'superseded',
    });
    expect(await tenant.api.all('/api/v1/cases?kind=scan_suspected&state=open')).toEqual([]);
    expect((await findings('&state=open')).map(({ kind }) => kind)).toEqual(NAMES.map(() => 'member_removed'));
  });

  it('met by a call is a finding too: the account is made again with its groups', async () => {
    await started();
    await peer.deleteUser((await user('ada')).id);
    await hr.event('employee.updated', { employeeNumber: 'ada', title: 'Director' });
    await eventually(async () =>
      (await users()).some(({ title, groups }) => title === 'Director' && groups.includes(GROUP)),
    );
    expect(await findings()).toMatchObject([
      { kind: 'missing', state: 'reverted', cause: expect.stringMatching(/found gone/) },
    ]);
  });

  it('met by a membership is one too: whoever is gone is made again, and then gets the group', async () => {
    await started();
    const lab = { applicationId, entitlement: { kind: 'group', name: 'Lab' }, reason: 'Needed' };
    const [ada] = await tenant.api.all<{ identityId: string; remoteId: string }>('/api/v1/accounts');
    await peer.deleteUser(ada!.remoteId);
    await tenant.api.made('/api/v1/grants', { identityId: ada!.identityId, ...lab });
    await eventually(async () => (await users()).some(({ groups }) => groups.join() === `Lab,${GROUP}`));
    await settled();
    expect(await findings()).toMatchObject([{ kind: 'missing', state: 'reverted' }]);
  });

  it('is not written where the application is only observed, nor taken away where it only adds', async () => {
    await started({ drift: { reaction: 'revert' } });
    const [ada, bob] = await Promise.all([user('ada'), user('bob')]);
    await tenant.api.patch(`/api/v1/applications/${applicationId}`, { mode: 'observe' });
    await peer.changeUser(ada.id, { title: 'Boss' });
    await scan();
    const [title] = await findings();
    expect(title).toMatchObject({ state: 'open', attribute: 'title' });
    expect(await tenant.api.post<ProblemBody>(`/api/v1/drift/${title!.id}/revert`, {})).toMatchObject({
      status: 409,
      body: { code: 'mode_observes' },
    });
    await tenant.api.patch(`/api/v1/applications/${applicationId}`, { mode: 'add_only' });
    await peer.changeUser(bob.id, { active: false });
    await scan();
    await settled();
    expect(await user('bob')).toMatchObject({ active: true });
    expect(await user('ada')).toMatchObject({ title: 'Clerk' });
  });

  it('is refused in words where it cannot be', async () => {
    await started();
    expect(await react({ reaction: 'undo', attributes: { enabled: 'adopt' } })).toMatchObject({
      status: 422,
      body: { faults: [{ path: 'drift.reaction' }, { path: 'drift.attributes.enabled' }] },
    });
    await peer.changeUser((await user('ada')).id, { active: false });
    await scan();
    const [finding] = await findings();
    expect(await tenant.api.post<ProblemBody>(`/api/v1/drift/${finding!.id}/adopt`, {})).toMatchObject({
      status: 409,
      body: { code: 'drift_not_adoptable' },
    });
  });

  it('comes to light by itself, as often as the application says', async () => {
    await started({ drift: { everyHours: 2 } });
    await peer.changeUser((await user('ada')).id, { title: 'Boss' });
    await api.database.query("UPDATE applications SET created_at = created_at - interval '2 hours' WHERE id = $1", [
      applicationId,
    ]);
    await eventually(
      () => findings('&state=open'),
      ({ length }) => length === 1,
    );
    expect(await tenant.api.all(`/api/v1/applications/${applicationId}/scans`)).toHaveLength(1);
  });

  describe('accounts that are nobody’s', () => {
    it('are listed with those whose they may be, and are assigned, ignored or protected', async () => {
      await started();
      await hr.event('employee.created', { employeeNumber: 'zoe', email: 'zoe@example.com', status: 'terminated' });
      await settled();
      const people = await tenant.api.all<{ id: string; employeeNumber: string }>('/api/v1/identities');
      const idOf = (name: string) => people.find(({ employeeNumber }) => employeeNumber === name)!.id;
      const zoe = await peer.addUser({
        userName: 'z.doe',
        active: true,
        emails: [{ value: 'ZOE@example.com', type: 'work', primary: true }],
      });
      await peer.addUser({ userName: 'backup-robot', active: true });
      await peer.addUser({ userName: 'scanner', active: true });
      await peer.addUser({
        userName: 'ada2',
        active: true,
        emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
      });
      await scan();
      const byState = async () => Object.fromEntries((await unknown()).map((one) => [one.remoteId, one]));
      const shown = await unknown();
      expect(shown.map(({ state }) => state).sort()).toEqual(['ambiguous', 'matched', 'unmatched', 'unmatched']);
      const matched = (await byState())[zoe.id]!;
      expect(matched).toMatchObject({ candidates: [{ identityId: idOf('zoe'), by: 'email', hasAccount: false }] });
      const assign = (id: string, identityId: string) =>
        tenant.api.post<ProblemBody>(`/api/v1/unknown-accounts/${id}/assign`, { identityId });
      expect(await assign(matched.id, idOf('ada'))).toMatchObject({
        status: 409,
        body: { code: 'identity_has_account' },
      });
      expect(await assign(matched.id, idOf('zoe'))).toMatchObject({ status: 200, body: { state: 'assigned' } });
      await eventually(async () => (await users()).find(({ id }) => id === zoe.id)?.active === false);
      const [one, other] = shown.filter(({ state }) => state === 'unmatched');
      await tenant.api.made(`/api/v1/unknown-accounts/${one!.id}/ignore`, { reason: 'Of no interest' });
      await tenant.api.made(`/api/v1/unknown-accounts/${other!.id}/protect`, { reason: 'Backups' });
      expect(await assign(other!.id, idOf('ada'))).toMatchObject({ status: 409, body: { code: 'account_protected' } });
      await settled();
      await scan();
      expect((await unknown()).map(({ state }) => state).sort()).toEqual([
        'ambiguous',
        'assigned',
        'ignored',
        'protected',
      ]);
      const reopen = (id: string) =>
        tenant.api.post<ProblemBody>(`/api/v1/unknown-accounts/${id}/reopen`, { reason: 'Look again' });
      expect(await reopen(one!.id)).toMatchObject({ status: 200, body: { state: 'unmatched', reason: null } });
      expect(await reopen(matched.id)).toMatchObject({ status: 409, body: { code: 'unknown_account_open' } });
    });

    it('are not adopted when they are protected', async () => {
      await started();
      const robot = await peer.addUser({ userName: 'robot@example.com', active: true });
      await scan();
      const [one] = await unknown();
      await tenant.api.made(`/api/v1/unknown-accounts/${one!.id}/protect`, { reason: 'Backups' });
      await hire('robot');
      await eventually(
        async () => (await tenant.api.all<{ state: string }>('/api/v1/accounts?state=failed')).length === 1,
      );
      expect((await users()).find(({ id }) => id === robot.id)).not.toHaveProperty('externalId');
    });
  });

  describe('a report of what a mode would change', () => {
    it('says whose the accounts are and what would be done, and does none of it', async () => {
      for (const name of ['ada', 'bob'])
        await peer.addUser({ userName: `${name}@example.com`, title: 'Old', active: true });
      await peer.addUser({ userName: 'stranger', active: true });
      await found({ mode: 'observe' });
      await eventually(async () => (await tenant.api.all('/api/v1/accounts?state=withheld')).length === NAMES.length);
      const before = await users();
      const path = `/api/v1/applications/${applicationId}/reports`;
      const { id } = await tenant.api.made(path, { mode: 'enforce' });
      expect(await ended(`${path}/${id}`)).toMatchObject({
        state: 'done',
        counts: { matched: 2, absent: 3, unmatched: 1, create: 3, update: 2, adopt: 2, joins: 5, leaves: 0 },
      });
      const items = await tenant.api.get<Page<object>>(`${path}/${id}/items?situation=matched&limit=1`);
      expect(items.body).toMatchObject({
        items: [
          {
            steps: [{ kind: 'adopt' }, { kind: 'update', changes: expect.arrayContaining(['title']) }],
            joins: [GROUP],
          },
        ],
        nextCursor: expect.any(String),
      });
      expect(await users()).toEqual(before);
      const stepped = await tenant.api.patch(`/api/v1/applications/${applicationId}`, { mode: 'add_only' });
      expect(stepped.body).toMatchObject({ report: null });
      const again = await tenant.api.patch(`/api/v1/applications/${applicationId}`, { mode: 'enforce' });
      expect(again.body).toMatchObject({ report: { id, at: expect.any(String) } });
      await settled();
    });
  });

  it('of two tenants at once is each one’s own', async () => {
    const second = await ScimPeer.start();
    await started();
    const mine = { tenant, applicationId, hr, peer };
    try {
      [tenant, peer] = [await api.tenant(), second];
      hr = await HrSystem.connect(tenant.api);
      await started();
      await mine.peer.changeUser((await mine.peer.state()).users[0]!.id, { title: 'Mine' });
      await second.changeUser((await second.state()).users[0]!.id, { title: 'Theirs' });
      const theirs = { tenant, applicationId };
      const both = [mine, theirs].map(async (one) => {
        const { id } = await one.tenant.api.made(`/api/v1/applications/${one.applicationId}/scans`, {});
        return eventually(
          async () => (await one.tenant.api.get<ScanBody>(`/api/v1/scans/${id}`)).body,
          ({ state }) => state !== 'running',
        );
      });
      for (const body of await Promise.all(both))
        expect(body).toMatchObject({ state: 'done', counts: { listed: 5, compared: 5, unknown: 0 } });
      expect(await mine.tenant.api.all('/api/v1/drift')).toMatchObject([{ observed: 'Mine' }]);
      expect(await theirs.tenant.api.all('/api/v1/drift')).toMatchObject([{ observed: 'Theirs' }]);
    } finally {
      await api.quiet();
      ({ tenant, applicationId, hr, peer } = mine);
      await second.stop();
    }
  });

  it('of another tenant is not there', async () => {
    await started();
    await peer.changeUser((await user('ada')).id, { title: 'Boss' });
    await peer.addUser({ userName: 'stranger', active: true });
    const { id } = await scan();
    const [[finding], [stranger]] = await Promise.all([findings(), unknown()]);
    const other = (await api.tenant()).api;
    const application = `/api/v1/applications/${applicationId}`;
    const calls: [string, object?][] = [
      [`/api/v1/scans/${id}/accept`, {}],
      [`${application}/scans`, {}],
      [`${application}/reports`, { mode: 'enforce' }],
      [`/api/v1/drift/${finding!.id}/revert`, {}],
      [`/api/v1/drift/${finding!.id}/adopt`, {}],
      [`/api/v1/drift/${finding!.id}/ignore`, { reason: 'x' }],
      [`/api/v1/unknown-accounts/${stranger!.id}/assign`, { identityId: id }],
      [`/api/v1/unknown-accounts/${stranger!.id}/ignore`, { reason: 'x' }],
      [`/api/v1/unknown-accounts/${stranger!.id}/protect`, { reason: 'x' }],
      [`/api/v1/unknown-accounts/${stranger!.id}/reopen`, { reason: 'x' }],
    ];
    for (const [path, body] of calls) expect([path, (await other.post(path, body)).status]).toEqual([path, 404]);
    for (const path of [
      `/api/v1/scans/${id}`,
      `/api/v1/drift/${finding!.id}`,
      `/api/v1/unknown-accounts/${stranger!.id}`,
      `${application}/scans`,
      `${application}/reports/${id}`,
      `${application}/reports/${id}/items`,
    ])
      expect([path, (await other.get(path)).status]).toEqual([path, 404]);
    for (const list of ['scans', 'drift', 'unknown-accounts']) expect(await other.all(`/api/v1/${list}`)).toEqual([]);
    expect(await other.post('/api/v1/drift/decisions', { decision: 'revert' })).toMatchObject({ body: { decided: 0 } });
    expect(await findings('&state=open')).toHaveLength(1);
  });
});

const byLogin = (a: { userName: string }, b: { userName: string }): number => a.userName.localeCompare(b.userName);
