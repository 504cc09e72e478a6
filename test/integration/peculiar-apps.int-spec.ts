import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { QUIRKS } from '../peers/scim-app/quirks.js';
import { ScimPeer, type ScimUser } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

const GROUP = 'Staff';
const NAMES = ['Ada', 'Bob', 'Boss'] as const;
/** Of a leaver: what is shown of the account and of the steps that SCIM can do. */
interface Told {
  readonly state: string;
  readonly error: { readonly class: string } | null;
  readonly steps: Readonly<Record<string, string>>;
}

/** Under these nobody can be sure, so a person must look. */
const RED = new Set([
  'active is a letter',
  'active is a word',
  'active is an object',
  'active is a list',
  'active is always true',
  'active is not shown',
  'disabling is ignored',
  'disabling is refused',
  'member removals are ignored',
  'group changes are refused with 404',
  ...Object.keys(QUIRKS).filter((name) => /^a search is (answered 200|refused with (400|403|501))/.test(name)),
]);
/** These change how an account is made, and are tried there. */
const ON_CREATE =
  /^(posts of|our mark|reads come|a search by our|a search that finds|filters|names are|values|texts|e-mail|ids)/;

describe('an application that is not as the RFC has it', () => {
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
      config: { baseUrl: peer.baseUrl, settleMs: 300, timeoutMs: 2_000 },
      credentials: { token: peer.token },
      drift: { reaction: 'revert' },
    }));
    await tenant.api.made('/api/v1/policies', {
      name: 'Everyone',
      condition: 'true',
      grants: [{ applicationId, entitlements: [{ kind: 'group', name: GROUP }] }],
      publish: true,
    });
  });

  const login = (name: string): string => `${name}@Example.com`;
  const hire = (name: string, email = login(name)) =>
    hr.event('employee.created', {
      ...{ employeeNumber: name, userName: email, email, firstName: name, lastName: 'Doe', title: 'Clerk é' },
    });
  const verify = (verify: string) => tenant.api.patch(`/api/v1/applications/${applicationId}`, { verify });
  const settles = (settleMs: number) =>
    tenant.api.patch(`/api/v1/applications/${applicationId}`, {
      config: { baseUrl: peer.baseUrl, settleMs, timeoutMs: 2_000 },
    });
  const users = async (): Promise<readonly ScimUser[]> => (await peer.state()).users;
  const user = async (name: string): Promise<ScimUser | undefined> =>
    (await users()).find(({ userName }) => userName.toLowerCase() === login(name).toLowerCase());
  const isIn = (one: ScimUser | undefined): boolean => one !== undefined && one.active !== false;
  const isWorking = async (name: string): Promise<boolean> => {
    const one = await user(name);
    return isIn(one) && one?.groups.includes(GROUP) === true;
  };
  const told = async (name: string): Promise<Told> => {
    const [row] = await api.database.query<Told>(
      `SELECT a.state, a.error, coalesce((SELECT jsonb_object_agg(s.kind, s.state) FROM leave_steps s
          WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id AND s.kind <> 'end_sessions'), '{}') AS steps
       FROM accounts a JOIN identities i ON i.tenant_id = a.tenant_id AND i.id = a.identity_id
       WHERE a.tenant_id = $1 AND i.employee_number = $2`,
      [tenant.tenantId, name],
    );
    return row ?? { state: 'none', error: null, steps: {} };
  };
  const started = async (names: readonly string[] = NAMES): Promise<void> => {
    for (const name of names) await hire(name);
    for (const name of names) await eventually(() => isWorking(name));
    await settled();
  };
  const settled = (): Promise<unknown> =>
    eventually(async () => {
      const [row] = await api.database.query<{ behind: number }>(
        `SELECT (SELECT count(*)::int FROM accounts WHERE tenant_id = $1 AND (applied_version < desired_version OR lease_until IS NOT NULL))
           + (SELECT count(*)::int FROM entitlement_members WHERE tenant_id = $1 AND runnable AND wanted IS DISTINCT FROM held) AS behind`,
        [tenant.tenantId],
      );
      return row?.behind === 0;
    });
  const scan = async (): Promise<object[]> => {
    const { id } = await tenant.api.made(`/api/v1/applications/${applicationId}/scans`, {});
    await eventually(
      async () => (await tenant.api.get<{ state: string }>(`/api/v1/scans/${id}`)).body.state,
      (state) => state !== 'running',
    );
    return tenant.api.all(`/api/v1/drift?applicationId=${applicationId}`);
  };
  const writes = async (): Promise<number> => (await peer.received()).filter(({ method }) => method !== 'GET').length;
  const isGreen = ({ steps }: Told): boolean => Object.values(steps).every((state) => state === 'done');
  const isRed = ({ error, steps }: Told): boolean =>
    error !== null || Object.values(steps).some((state) => state === 'failed' || state === 'unsupported');

  it.each(Object.keys(QUIRKS))('keeps no leaver in, and is never green without evidence: %s', async (quirk) => {
    // Ids do not change while an account lives.
    if (quirk === 'ids are numbers') await peer.behave(quirk);
    // An application that reads late has to say for how long: that is what its settle time is for.
    if (quirk === 'reads come late') await settles(2_000);
    await started(['Bob', 'Boss']);
    await peer.behave(quirk);
    await hr.event('employee.terminated', { employeeNumber: 'Bob' });
    const isDecided = async (): Promise<boolean> => {
      const [now, bob] = [await told('Bob'), await user('Bob')];
      // Green at any moment means out, at that moment.
      if (isGreen(now) && now.steps.read_back === 'done') expect([isIn(bob), bob?.groups ?? []]).toEqual([false, []]);
      return RED.has(quirk) ? isRed(now) : isGreen(now) && now.state === 'disabled';
    };
    await eventually(isDecided);
    expect(await isWorking('Boss')).toBe(true);
  });

  it.each(Object.keys(QUIRKS).filter((name) => ON_CREATE.test(name)))(
    'gives everybody an account and a group, and nothing is written twice: %s',
    async (quirk) => {
      await peer.behave(quirk);
      await started();
      expect((await users()).map(({ userName }) => userName.toLowerCase()).sort()).toEqual(
        NAMES.map((name) => login(name).toLowerCase()).sort(),
      );
      const before = await writes();
      expect(await scan()).toEqual([]);
      await settled();
      expect(await writes()).toBe(before);
    },
  );

  it.each([
    'filters are ignored',
    'a search is refused with 400',
    'a search by our mark is refused',
    'a search is refused with 501',
    'our mark is refused',
  ])('C11, C12, C13: has an account that was there before adopted, among more than one page: %s', async (quirk) => {
    for (let n = 0; n < 120; n += 1) await peer.addUser({ userName: `other${n}`, active: true });
    await peer.addUser({ userName: login('Ada'), active: true });
    await peer.behave(quirk);
    await started(['Ada']);
    expect((await users()).filter(({ userName }) => userName === login('Ada'))).toHaveLength(1);
    expect((await peer.state()).groups).toHaveLength(1);
  });

  it('C2: takes two people for one: the second has a conflict, and whose leaving leaves the first alone', async () => {
    await peer.behave('posts of known users rewrite them');
    await started(['Ada']);
    await hire('Twin', 'Ada+two@Example.com');
    await eventually(async () => (await told('Twin')).error?.class === 'conflict');
    await hr.event('employee.terminated', { employeeNumber: 'Twin' });
    await eventually(async () => (await peer.received()).some(({ query }) => query.includes('externalId')));
    await eventually(async () => (await told('Twin')).state === 'failed');
    expect(await isWorking('Ada')).toBe(true);
  });

  it.each([
    ['undone', 'revert', 'reverted', true],
    ['asked about', 'ask', 'open', false],
  ] as const)(
    'C2: takes two people for one, and writes over the first: that is found at once and %s',
    async (_, reaction, state, isRight) => {
      await tenant.api.patch(`/api/v1/applications/${applicationId}`, { drift: { reaction } });
      await started(['Ada']);
      const said = async () =>
        (await users()).map(({ userName, displayName, emails }) => ({ userName, displayName, emails }));
      const before = await said();
      await peer.behave('posts of known users replace their values');
      await hire('Twin', 'Ada+two@Example.com');
      await eventually(async () => (await told('Twin')).error?.class === 'conflict');
      const found = await eventually(
        () => tenant.api.all<object>(`/api/v1/drift?applicationId=${applicationId}`),
        ({ length }) => length > 0,
      );
      expect(found).toContainEqual(
        expect.objectContaining({ kind: 'attribute', attribute: 'displayName', observed: 'Twin Doe', state }),
      );
      await eventually(async () => isDeepStrictEqual(await said(), before) === isRight);
      expect(await tenant.api.all(`/api/v1/drift?applicationId=${applicationId}`)).toHaveLength(found.length);
    },
  );

  it('C3: answers a creation with somebody who was there: nothing of theirs is ours', async () => {
    await peer.addUser({ userName: login('Ada'), externalId: 'another system', active: true, title: 'Owner' });
    await peer.behave('posts of known users answer 200');
    await hire('Ada');
    await eventually(async () => (await told('Ada')).error?.class === 'conflict');
    expect(await user('Ada')).toMatchObject({ externalId: 'another system', title: 'Owner', groups: [] });
  });

  it('C8: does not take a removal for done that it ignores, where it is not believed', async () => {
    await started();
    await verify('read_back');
    await peer.behave('member removals are ignored');
    const [row] = await api.database.query<{ id: string }>('SELECT id FROM policies WHERE tenant_id = $1', [
      tenant.tenantId,
    ]);
    await tenant.api.post(`/api/v1/policies/${row?.id ?? ''}/retire`, {});
    await eventually(
      async () =>
        (
          await api.database.query<{ held: boolean | null }>(
            'SELECT held FROM entitlement_members WHERE tenant_id = $1',
            [tenant.tenantId],
          )
        ).length > 0,
    );
    const rows = await api.database.query<{ held: boolean | null }>(
      'SELECT held FROM entitlement_members WHERE tenant_id = $1 AND NOT wanted',
      [tenant.tenantId],
    );
    expect(rows.filter(({ held }) => held === false)).toEqual([]);
  });

  it.each([
    ['apart', 'NFD', 'NFC'],
    ['as one', 'NFC', 'NFD'],
  ] as const)(
    'C19: has a group whose letters are written %s: it is that one, in either form',
    async (_, there, here) => {
      const name = 'Qualité';
      const { id } = await peer.addGroup(name.normalize(there));
      await tenant.api.made('/api/v1/policies', {
        ...{ name: 'Quality', condition: `identity.title == "${'Clerk é'.normalize(here)}"`, publish: true },
        grants: [{ applicationId, entitlements: [{ kind: 'group', name: name.normalize(here) }] }],
      });
      await started(['Ada']);
      await eventually(async () => (await user('Ada'))?.groups.includes(name.normalize(there)));
      expect(
        (await peer.state()).groups.filter((group) => String(group.displayName).normalize() === name),
      ).toMatchObject([{ id, displayName: name.normalize(there) }]);
      expect(await scan()).toEqual([]);
      await hr.event('employee.terminated', { employeeNumber: 'Ada' });
      await eventually(async () => (await user('Ada'))?.groups.length === 0);
    },
  );

  it('C10: hides who is disabled: the same account is there again after a return', async () => {
    await started();
    const before = await user('Bob');
    await peer.behave('disabled users are hidden');
    await hr.event('employee.terminated', { employeeNumber: 'Bob' });
    await eventually(async () => (await told('Bob')).state === 'disabled');
    await hr.event('employee.rehired', { employeeNumber: 'Bob' });
    await eventually(() => isWorking('Bob'));
    expect((await user('Bob'))?.id).toBe(before?.id);
    expect((await users()).length).toBe(NAMES.length);
  });

  it('C24: shows a part of a group’s members: nobody is missed who is there', async () => {
    for (let n = 0; n < 12; n += 1) await hire(`p${n}`);
    await eventually(async () => (await users()).filter(({ groups }) => groups.includes(GROUP)).length === 12);
    await settled();
    await peer.behave('members are cut at 10');
    const before = await writes();
    expect(await scan()).toEqual([]);
    expect(await writes()).toBe(before);
  });
});
