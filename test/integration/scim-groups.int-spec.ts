import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { ScimClient, USER, type Resource, type ResourceList } from '../support/scim-client.js';

describe('/scim/v2/Groups', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let scim: ScimClient;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    scim = await ScimClient.connect(api.url, tenant.api);
  });

  /** Waits until the identity has these groups. */
  const expectGroups = (userName: string, expected: string[]): Promise<unknown> =>
    eventually(
      () => groupsOf(userName),
      (seen) => JSON.stringify(seen) === JSON.stringify(expected),
    );
  const groupsOf = async (userName: string): Promise<unknown> =>
    (await tenant.api.all<Record<string, unknown>>('/api/v1/identities')).find((one) => one.userName === userName)
      ?.groups ?? [];
  const members = async (id: string): Promise<string[]> =>
    (((await scim.read(`/Groups/${id}`)).members as { value: string }[] | undefined) ?? [])
      .map(({ value }) => value)
      .sort();

  it('is created with members, who see it, and whose identities have its name', async () => {
    const [ada, ben] = [await scim.user('ada'), await scim.user('ben')];
    const { status, body, headers } = await scim.post('/Groups', scim.groupBody('Sales', [ada, ben]));
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${api.url}/scim/v2/Groups/${body.id}`);
    expect(body).toMatchObject({ displayName: 'Sales', meta: { resourceType: 'Group', version: 'W/"1"' } });
    expect(await members(body.id)).toEqual([ada, ben].sort());
    expect((await scim.read(`/Users/${ada}`)).groups).toEqual([
      { value: body.id, $ref: `${api.url}/scim/v2/Groups/${body.id}`, display: 'Sales', type: 'direct' },
    ]);
    await expectGroups('ada', ['Sales']);
  });

  it.each<[string, (ada: string) => object]>([
    ['Okta: by filter', (id) => ({ op: 'remove', path: `members[value eq "${id}"]` })],
    ['Entra: by a list in the value', (id) => ({ op: 'Remove', path: 'members', value: [{ value: id, $ref: null }] })],
    [
      'a filter with more than a value',
      (id) => ({ op: 'remove', path: `members[value eq "${id}" and type eq "user"]` }),
    ],
    [
      'a path with the URN',
      (id) => ({ op: 'remove', path: `urn:ietf:params:scim:schemas:core:2.0:Group:members[value eq "${id}"]` }),
    ],
  ])('takes one member out and leaves the others: %s', async (_, operation) => {
    const [ada, ben] = [await scim.user('ada'), await scim.user('ben')];
    const id = await scim.group('Sales', [ada, ben]);
    expect((await scim.patch(`/Groups/${id}`, operation(ada))).status).toBe(204);
    expect(await members(id)).toEqual([ben]);
    await expectGroups('ada', []);
    await expectGroups('ben', ['Sales']);
  });

  it.each<[string, (ben: string) => object, 'both' | 'ben' | 'none']>([
    ['add of one', (id) => ({ op: 'add', path: 'members', value: { value: id } }), 'both'],
    [
      'add of a list, with display and $ref',
      (id) => ({ op: 'Add', path: 'members', value: [{ value: id, display: 'Ben', $ref: null }] }),
      'both',
    ],
    ['add without a path', (id) => ({ op: 'add', value: { members: [{ value: id }] } }), 'both'],
    ['replace of all', (id) => ({ op: 'replace', path: 'members', value: [{ value: id }] }), 'ben'],
    ['replace of all without a path', (id) => ({ op: 'replace', value: { Members: [{ value: id }] } }), 'ben'],
    ['replace with nothing (SCIM-SDK #757)', () => ({ op: 'replace', path: 'members', value: [] }), 'none'],
    [
      'Okta’s empty group (scimgateway #113)',
      () => ({ op: 'replace', value: { members: [], displayName: 'Sales' } }),
      'none',
    ],
    ['remove of all', () => ({ op: 'remove', path: 'members' }), 'none'],
  ])('changes members: %s', async (_, operation, left) => {
    const [ada, ben] = [await scim.user('ada'), await scim.user('ben')];
    const id = await scim.group('Sales', [ada]);
    await scim.patch(`/Groups/${id}`, operation(ben));
    expect(await members(id)).toEqual({ both: [ada, ben].sort(), ben: [ben], none: [] }[left]);
  });

  it('is renamed by what Okta sends with each push, and keeps its members (langwatch #7131)', async () => {
    const ada = await scim.user('ada');
    const id = await scim.group('Sales', [ada]);
    expect((await scim.patch(`/Groups/${id}`, { op: 'replace', value: { id, displayName: 'Selling' } })).status).toBe(
      204,
    );
    expect(await members(id)).toEqual([ada]);
    await expectGroups('ada', ['Selling']);
  });

  it('says nothing new when nothing changed', async () => {
    const ada = await scim.user('ada');
    const id = await scim.group('Sales', [ada]);
    const before = await scim.read(`/Groups/${id}`);
    await scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: ada }] });
    await scim.patch(`/Groups/${id}`, {
      op: 'remove',
      path: 'members[value eq "01900000-0000-7000-8000-000000000000"]',
    });
    expect(await scim.read(`/Groups/${id}`)).toEqual(before);
  });

  it.each<[string, number, (ada: string, id: string) => Promise<{ status: number }>]>([
    [
      'a member that there is not',
      400,
      (_, id) => scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: 'nobody' }] }),
    ],
    [
      'a member of another kind of change',
      400,
      (ada, id) =>
        scim.patch(`/Groups/${id}`, { op: 'replace', path: `members[value eq "${ada}"].display`, value: 'x' }),
    ],
    ['a group without a name', 400, () => scim.post('/Groups', scim.groupBody(' '))],
    ['a name that is taken, whatever its case', 409, () => scim.post('/Groups', scim.groupBody('SALES'))],
    [
      'itself as a member',
      400,
      (_, id) => scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: id }] }),
    ],
  ])('refuses %s', async (_, status, ask) => {
    const ada = await scim.user('ada');
    const id = await scim.group('Sales', [ada]);
    expect((await ask(ada, id)).status).toBe(status);
    expect(await members(id)).toEqual([ada]);
  });

  it('is nested: members of inner groups are members indirectly, and no circle can be made', async () => {
    const ada = await scim.user('ada');
    const inner = await scim.group('Inner', [ada]);
    const middle = await scim.group('Middle', [inner]);
    const outer = await scim.group('Outer', [middle]);
    await expectGroups('ada', ['Inner', 'Middle', 'Outer']);
    const shown = (await scim.read(`/Users/${ada}`)).groups as { display: string; type: string }[];
    expect(shown.map(({ display, type }) => `${display} ${type}`)).toEqual([
      'Inner direct',
      'Middle indirect',
      'Outer indirect',
    ]);
    const circle = await scim.patch(`/Groups/${inner}`, { op: 'add', path: 'members', value: [{ value: outer }] });
    expect(circle.status).toBe(400);
    await scim.user('ben');
    for (const filter of [
      `groups.value eq "${outer}"`,
      `groups[value eq "${inner}"]`,
      'groups.display eq "OUTER"',
      `groups[value eq "${outer}" and type eq "indirect"]`,
      `userName eq "ada" and not (groups.value eq "${ada}") and groups.display eq "middle"`,
    ])
      expect([filter, (await scim.list('/Users', filter)).Resources.map(({ id }) => id)]).toEqual([filter, [ada]]);
    expect((await scim.list('/Users', `groups.value eq "${outer.toUpperCase()}"`)).totalResults).toBe(0);
    expect((await scim.call.delete(`/scim/v2/Groups/${middle}`)).status).toBe(204);
    await expectGroups('ada', ['Inner']);
    expect(await members(outer)).toEqual([]);
  });

  it('is found by name and by member, and listed without members when asked so', async () => {
    const [ada, ben] = [await scim.user('ada'), await scim.user('ben')];
    const id = await scim.group('Sales', [ada]);
    await scim.group('Board', [ben]);
    expect((await scim.list('/Groups', 'displayName eq "sales"')).Resources).toMatchObject([{ id }]);
    expect((await scim.list('/Groups', `members.value eq "${ada}"`)).Resources).toMatchObject([{ id }]);
    expect((await scim.list('/Groups', `members[value eq "${ada}" and type eq "User"]`)).totalResults).toBe(1);
    const listed = await scim.read<ResourceList>('/Groups?excludedAttributes=members');
    expect(listed.Resources.map((one) => one.members)).toEqual([undefined, undefined]);
  });

  it('is gone after its deletion, for its members too', async () => {
    const ada = await scim.user('ada');
    const id = await scim.group('Sales', [ada]);
    expect((await scim.call.delete(`/scim/v2/Groups/${id}`)).status).toBe(204);
    expect((await scim.get(`/Groups/${id}`)).status).toBe(404);
    expect((await scim.call.delete(`/scim/v2/Groups/${id}`)).status).toBe(404);
    await expectGroups('ada', []);
    expect((await scim.post('/Groups', scim.groupBody('Sales'))).status).toBe(201);
  });

  it('loses no member to 500 changes at once', async () => {
    const id = await scim.group('Sales');
    const people = await Promise.all(Array.from({ length: 500 }, (_, n) => scim.user(`u${n}`)));
    const answers = await Promise.all(
      people.map((value) => scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value }] })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await members(id)).toEqual([...people].sort());
  }, 90_000);

  it('tells many people of their groups afterwards', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, (_, n) => scim.user(`u${n}`)));
    await scim.group('Everybody', people);
    await eventually(
      async () => tenant.api.all<{ groups?: string[] }>('/api/v1/identities'),
      (all) => all.every(({ groups }) => groups?.[0] === 'Everybody'),
    );
  });

  it('is not seen by another client of the tenant, nor by another tenant, on any route', async () => {
    const ada = await scim.user('ada');
    const id = await scim.group('Sales', [ada]);
    for (const other of [
      await ScimClient.connect(api.url, tenant.api),
      await ScimClient.connect(api.url, (await api.tenant()).api),
    ]) {
      for (const path of [`/Groups/${id}`, `/Users/${ada}`]) {
        const body = path.startsWith('/Users') ? { schemas: [USER], userName: 'x' } : scim.groupBody('x');
        expect((await other.get(path)).status).toBe(404);
        expect((await other.call.put(`/scim/v2${path}`, body)).status).toBe(404);
        expect((await other.patch(path, { op: 'replace', value: body })).status).toBe(404);
        expect((await other.call.delete(`/scim/v2${path}`)).status).toBe(404);
      }
      expect((await other.list('/Groups', 'displayName pr')).totalResults).toBe(0);
      expect((await other.read<ResourceList>('')).totalResults).toBe(0);
      expect((await other.post('/Groups', other.groupBody('Theirs', [ada]))).status).toBe(400);
      const theirs = await other.user('theirs');
      const taken: Resource = await scim.read(`/Groups/${id}`);
      expect(taken.members).toHaveLength(1);
      expect(
        (await scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: theirs }] })).status,
      ).toBe(400);
    }
  });

  describe('the manager of a user', () => {
    const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
    type Person = Record<string, unknown>;
    const person = async (userName: string): Promise<Person> =>
      (await tenant.api.all<Person>('/api/v1/identities')).find((one) => one.userName === userName) ?? {};
    const expectManager = async (userName: string, manager: string | null): Promise<unknown> => {
      const id = manager === null ? null : (await person(manager)).id;
      return eventually(
        () => person(userName),
        ({ managerId }) => managerId === id,
      );
    };
    const says = (employeeNumber: string | null, manager?: string): object => ({
      [ENTERPRISE]: { ...(employeeNumber !== null && { employeeNumber }), ...(manager !== undefined && { manager }) },
    });

    it('is the one whose id it names, changes with it, and goes with it', async () => {
      const [ada, ben] = [await scim.user('ada', says('1')), await scim.user('ben', says('2'))];
      const cyd = await scim.user('cyd', says('3', ada));
      await expectManager('cyd', 'ada');
      await scim.patch(`/Users/${cyd}`, { op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: ben } });
      await expectManager('cyd', 'ben');
      await scim.patch(`/Users/${ben}`, { op: 'replace', path: `${ENTERPRISE}:employeeNumber`, value: '22' });
      await expectManager('cyd', 'ben');
      await scim.patch(`/Users/${cyd}`, { op: 'remove', path: `${ENTERPRISE}:manager` });
      await expectManager('cyd', null);
    });

    it('may come later: in a bulk request, and by the number that another source gives it', async () => {
      const data = { schemas: [USER], userName: 'cyd', ...says('3', 'bulkId:boss') };
      const boss = { schemas: [USER], userName: 'boss', emails: [{ value: 'boss@example.com' }] };
      await scim.post('/Bulk', {
        schemas: [BULK],
        Operations: [
          { method: 'POST', path: '/Users', bulkId: 'cyd', data },
          { method: 'POST', path: '/Users', bulkId: 'boss', data: boss },
        ],
      });
      await expectManager('cyd', 'boss');
      const hr = await HrSystem.connect(tenant.api);
      await hr.event('employee.created', { employeeNumber: '9', firstName: 'B', email: 'boss@example.com' });
      await eventually(
        () => person('boss'),
        ({ employeeNumber }) => employeeNumber === '9',
      );
      await expectManager('cyd', 'boss');
    });

    it('needs no employee number, whoever has one', async () => {
      const [ada, ben] = [await scim.user('ada'), await scim.user('ben', says('2'))];
      const [cyd, dee] = [await scim.user('cyd', says(null, ada)), await scim.user('dee', says(null, ben))];
      await expectManager('cyd', 'ada');
      await expectManager('dee', 'ben');
      expect((await person('ada')).isManager).toBe(true);
      await scim.patch(`/Users/${cyd}`, { op: 'replace', path: `${ENTERPRISE}:manager.value`, value: dee });
      await expectManager('cyd', 'dee');
      await eventually(
        () => person('ada'),
        ({ isManager }) => isManager === false,
      );
    });

    it.each([
      ['two without numbers', null, null],
      ['one with a number and one without', '1', null],
      ['one without a number and one with', null, '2'],
    ])('is nobody while they are each other’s, and is again afterwards: %s', async (_, one, other) => {
      const ada = await scim.user('ada', says(one));
      const ben = await scim.user('ben', says(other, ada));
      const cyd = await scim.user('cyd', says(null, ben));
      await expectManager('cyd', 'ben');
      await scim.patch(`/Users/${ada}`, { op: 'add', path: `${ENTERPRISE}:manager`, value: cyd });
      for (const name of ['ada', 'ben', 'cyd']) await expectManager(name, null);
      expect((await tenant.api.all('/api/v1/cases?kind=manager_cycle&state=open')).length).toBe(3);
      await scim.patch(`/Users/${ada}`, { op: 'remove', path: `${ENTERPRISE}:manager` });
      await expectManager('cyd', 'ben');
      await expectManager('ben', 'ada');
    });

    it('is nobody while two are each other’s', async () => {
      const ada = await scim.user('ada', says('1'));
      const ben = await scim.user('ben', says('2', ada));
      await expectManager('ben', 'ada');
      await scim.patch(`/Users/${ada}`, { op: 'add', path: `${ENTERPRISE}:manager`, value: ben });
      await expectManager('ben', null);
      expect((await tenant.api.all('/api/v1/cases?kind=manager_cycle')).length).toBeGreaterThan(0);
    });
  });
});
