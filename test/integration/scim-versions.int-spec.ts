import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { ScimClient, USER, type Resource } from '../support/scim-client.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const BADGE = 'urn:example:params:scim:badge:1.0:User';

describe('versions, texts and limits at the SCIM door', () => {
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

  const people = (): Promise<Record<string, unknown>[]> =>
    tenant.api.all<Record<string, unknown>>('/api/v1/identities');
  const person = async (userName: string): Promise<Record<string, unknown> | undefined> =>
    (await people()).find((one) => one.userName === userName);
  const register = (more: object): Promise<{ id: string; lacking: number }> =>
    tenant.api.made('/api/v1/scim-schemas', {
      urn: BADGE,
      name: 'Badge',
      resourceType: 'User',
      attributes: [{ name: 'badge' }],
      ...more,
    });

  it('P1: a manager who is found changes neither version nor lastModified, and If-Match holds', async () => {
    const boss = await scim.user('boss', { [ENTERPRISE]: { employeeNumber: '1' } });
    const made = await scim.post('/Users', {
      schemas: [USER],
      userName: 'ada',
      [ENTERPRISE]: { manager: { value: boss } },
    });
    await eventually(
      () => person('ada'),
      (ada) => ada?.managerEmployeeNumber === '1',
    );
    const ifMatch = { headers: { 'if-match': made.headers.get('etag') ?? '' } };
    expect((await scim.read(`/Users/${made.body.id}`)).meta).toEqual(made.body.meta);
    const put = { schemas: [USER], userName: 'ada', title: 'CEO' };
    expect((await scim.call.put(`/scim/v2/Users/${made.body.id}`, JSON.stringify(put), ifMatch)).status).toBe(200);
    expect((await scim.read(`/Users/${made.body.id}`)).meta.version).not.toBe(made.body.meta.version);
    expect((await scim.call.put(`/scim/v2/Users/${made.body.id}`, JSON.stringify(put), ifMatch)).status).toBe(412);
  });

  it('P1: groups that an identity is told of, and a schema that policies read, change no version', async () => {
    const id = await scim.user('ada', { schemas: [USER, BADGE], [BADGE]: { badge: 'A' } });
    await scim.group('Sales', [id]);
    await eventually(
      () => person('ada'),
      (ada) => JSON.stringify(ada?.groups) === '["Sales"]',
    );
    const { meta } = await scim.read(`/Users/${id}`);
    await register({});
    await eventually(
      () => person('ada'),
      (ada) => JSON.stringify(ada?.custom) === '{"badge":"A"}',
    );
    const after = await scim.read(`/Users/${id}`);
    expect(after.meta.lastModified).toBe(meta.lastModified);
    expect(after.meta.version).toBe(meta.version);
    const filter = `meta.version eq ${JSON.stringify(meta.version)} and meta.lastModified eq "${meta.lastModified}"`;
    expect(await scim.list('/Users', filter)).toMatchObject({ totalResults: 1, Resources: [{ meta }] });
  });

  it('P3: the ETag changes with each change of the groups that the user is shown with', async () => {
    const id = await scim.user('ada');
    const seen = new Set<string>();
    const look = async (): Promise<void> => {
      for (const tag of seen) expect((await scim.get(`/Users/${id}`, { 'if-none-match': tag })).status).toBe(200);
      const { headers, body } = await scim.get(`/Users/${id}`);
      const tag = headers.get('etag') ?? '';
      expect(body.meta.version).toBe(tag);
      expect((await scim.get(`/Users/${id}`, { 'if-none-match': tag })).status).toBe(304);
      seen.add(tag);
    };
    await look();
    const sales = await scim.group('Sales', [id]);
    await look();
    await scim.patch(`/Groups/${sales}`, { op: 'replace', path: 'displayName', value: 'Selling' });
    await look();
    await scim.group('All', [sales]);
    await look();
    expect(seen.size).toBe(4);
    await scim.patch(`/Groups/${sales}`, { op: 'remove', path: `members[value eq "${id}"]` });
    expect((await scim.read(`/Users/${id}`)).meta.version).toBe([...seen][0]);
  });

  const odd = 'x\t y\r\n\u0001z\u007f ';
  it.each<[string, object, object]>([
    ['name.givenName', { name: { givenName: odd } }, { givenName: 'x y z' }],
    ['displayName', { displayName: odd }, { displayName: 'x y z' }],
    ['title', { title: odd }, { title: 'x y z' }],
    ['userType', { userType: odd }, { employmentType: 'x y z' }],
    ['department', { [ENTERPRISE]: { department: odd } }, { department: 'x y z' }],
    ['employeeNumber', { [ENTERPRISE]: { employeeNumber: ' 7\n' } }, { employeeNumber: '7' }],
    ['employeeNumber as a number', { [ENTERPRISE]: { employeeNumber: 7 } }, { employeeNumber: '7' }],
    ['emails', { emails: [{ value: ' a@example.com\r\n' }] }, { email: 'a@example.com' }],
    ['addresses', { addresses: [{ formatted: 'A\nB', locality: 'Ber\tlin' }] }, { location: 'Ber lin' }],
    ['an attribute without a meaning here', { nickName: odd }, {}],
    ['an unknown one', { shoe: { size: odd } }, {}],
  ])('P7: control characters of %s are kept as written, and identities have one line', async (name, more, becomes) => {
    const body = { schemas: [USER], userName: 'ada', ...more };
    const made = await scim.post('/Users', body);
    expect(made.status).toBe(201);
    if (!name.endsWith('number')) expect(made.body).toMatchObject(more);
    expect(await people()).toMatchObject([becomes]);
    expect((await scim.call.put(`/scim/v2/Users/${made.body.id}`, body)).status).toBe(200);
    const [path, value] = Object.entries(more)[0] as [string, unknown];
    expect((await scim.patch(`/Users/${made.body.id}`, { op: 'replace', path, value })).status).toBe(200);
  });

  it('P7: a group’s name and a userName with them are kept, found and told in one line', async () => {
    const id = await scim.user('ada\n');
    const group = await scim.post('/Groups', scim.groupBody('Sa\tles ', [id]));
    expect([group.status, group.body.displayName]).toEqual([201, 'Sa\tles ']);
    await eventually(
      () => person('ada'),
      (ada) => JSON.stringify(ada?.groups) === '["Sa les"]',
    );
    expect(await scim.list('/Groups', 'displayName eq "Sa\\tles "')).toMatchObject({ totalResults: 1 });
    expect(await scim.list('/Groups', 'displayName eq "Sa\tles "')).toMatchObject({ totalResults: 1 });
    expect((await scim.post('/Users', { schemas: [USER], userName: 'ada' })).status).toBe(409);
  });

  it.each(['\u0000', 'a\u0000b', '\ud800', 'x\udfff'])('P7: %j is refused with its path', async (text) => {
    const id = await scim.user('ben');
    const refusals: [{ status: number; body: Resource }, string][] = [
      [await scim.post('/Users', { schemas: [USER], userName: 'ada', name: { givenName: text } }), 'name.givenName'],
      [await scim.post('/Users', { schemas: [USER], userName: 'ada', emails: [{ value: text }] }), 'emails.0.value'],
      [await scim.post('/Groups', scim.groupBody(text)), 'displayName'],
      [await scim.patch(`/Users/${id}`, { op: 'add', path: 'title', value: text }), 'Operations.0.value'],
    ];
    for (const [{ status, body }, path] of refusals)
      expect([status, body.scimType, body.detail]).toEqual([400, 'invalidValue', expect.stringContaining(path)]);
  });

  it.each(['\u200b', '\u200b \u2060', '\n', ''])(
    'a required name of which nothing is seen is refused: %j',
    async (text) => {
      expect((await scim.post('/Users', { schemas: [USER], userName: text })).status).toBe(400);
      expect((await scim.post('/Groups', scim.groupBody(text))).status).toBe(400);
    },
  );

  const random = (length: number): string => randomBytes(length).toString('base64url').slice(0, length);
  const wide = (length: number): string =>
    Array.from(randomBytes(length), (byte, n) => String.fromCodePoint(0x4e00 + byte * 80 + (n % 80))).join('');
  const long: readonly (readonly [string, string, (text: string) => object, number])[] = [
    ['externalId', '/Users', (externalId) => ({ schemas: [USER], userName: 'ada', externalId }), 2_600],
    ['externalId', '/Groups', (externalId) => ({ ...scim.groupBody('Sales'), externalId }), 2_600],
    ['displayName', '/Groups', (displayName) => scim.groupBody(displayName), 2_600],
  ];
  it.each(long)(
    'F5: %s of %s takes so many bytes of random text, and names the limit for more',
    async (name, path, bodyOf, most) => {
      for (const text of [random(most), wide(Math.floor(most / 3))]) {
        const made = await scim.post(path, bodyOf(text));
        expect([made.status, made.body[name]]).toEqual([201, text]);
        await scim.call.delete(`/scim/v2${path}/${made.body.id}`);
      }
      for (const text of [random(most + 1), wide(1_000), random(9_000)]) {
        const { status, body } = await scim.post(path, bodyOf(text));
        expect([status, body.scimType, body.detail]).toEqual([
          400,
          'invalidValue',
          expect.stringMatching(`^${name} .*2600`),
        ]);
      }
      const { id } = (await scim.post(path, bodyOf('short'))).body;
      const patch = await scim.patch(`${path}/${id}`, { op: 'replace', path: name, value: random(3_000) });
      expect([patch.status, patch.body.scimType]).toEqual([400, 'invalidValue']);
    },
  );

  it.each<[string, (text: string) => object]>([
    ['userName', (userName) => ({ userName })],
    ['displayName', (displayName) => ({ displayName })],
    ['name.givenName', (givenName) => ({ name: { givenName, familyName: givenName } })],
    ['employeeNumber', (employeeNumber) => ({ [ENTERPRISE]: { employeeNumber } })],
  ])('F5: %s of random text is taken or refused with a limit, however long and wide', async (_, more) => {
    for (const [n, text] of [random(900), wide(800), wide(999), random(3_000), wide(3_000)].entries()) {
      const { status, body } = await scim.post('/Users', { schemas: [USER], userName: `u${n}`, ...more(text) });
      if (status !== 201) expect([status, body.detail]).toEqual([400, expect.stringMatching(/\d/)]);
    }
  });

  it('F5: what has no index may be as long as a body', async () => {
    const body = {
      schemas: [USER],
      userName: 'ada',
      nickName: random(100_000),
      emails: [{ value: `${wide(900)}@example.com` }],
      addresses: [{ formatted: random(9_000) }],
      manager: random(9_000),
    };
    expect((await scim.post('/Users', body)).status).toBe(201);
  });

  it('P2: a schema that is required says how many lack it, and holds up no PATCH that does not touch it', async () => {
    const ada = await scim.user('ada', { title: 'x' });
    await scim.user('ben', { [BADGE]: { BADGE: 'B' } });
    await scim.user('cyd', { [BADGE]: { other: 1 } });
    const { lacking } = await register({ required: true, attributes: [{ name: 'badge', required: true }] });
    expect(lacking).toBe(2);
    const off = await scim.patch(`/Users/${ada}`, { op: 'replace', path: 'active', value: false });
    expect([off.status, off.body.active]).toEqual([200, false]);
    expect((await person('ada'))?.state).toBe('suspended');
    expect(await scim.post('/Users', { schemas: [USER], userName: 'dee' })).toMatchObject({
      status: 400,
      body: { detail: `${BADGE}:badge is required.` },
    });
    const given = await scim.patch(`/Users/${ada}`, { op: 'add', path: `${BADGE}:badge`, value: 'A' });
    expect([given.status, given.body[BADGE]]).toEqual([200, { badge: 'A' }]);
    expect((await scim.patch(`/Users/${ada}`, { op: 'remove', path: `${BADGE}:badge` })).status).toBe(400);
    expect((await scim.patch(`/Users/${ada}`, { op: 'remove', path: BADGE })).status).toBe(400);
  });

  it('P2: a value that another has had since before its schema holds up no other change', async () => {
    await scim.user('ada', { [BADGE]: { badge: 'A' } });
    const ben = await scim.user('ben', { [BADGE]: { badge: 'a' } });
    await register({ attributes: [{ name: 'badge', uniqueness: 'server' }] });
    await eventually(
      () => tenant.api.all('/api/v1/cases?kind=unique_twice'),
      (cases) => cases.length === 1,
    );
    expect((await scim.patch(`/Users/${ben}`, { op: 'replace', path: 'active', value: false })).status).toBe(200);
    expect((await scim.post('/Users', { schemas: [USER], userName: 'cyd', [BADGE]: { badge: 'A' } })).status).toBe(409);
  });

  it.each<[string, string, number]>([
    ['blanks as %20 and a plus', 'userName%20eq%20%22a+b@example.com%22', 1],
    ['blanks as %20 and an escaped plus', 'userName%20eq%20%22a%2Bb@example.com%22', 1],
    ['quotes as they are', 'userName%20eq%20"a+b@example.com"', 1],
    ['blanks as + and an escaped plus', 'userName+eq+%22a%2Bb@example.com%22', 1],
    ['a text without quotes', 'userName%20eq%20a+b@example.com', 1],
    ['two texts', 'userName%20eq%20%22a+b@example.com%22%20and%20displayName%20eq%20%22c%20+%20d%22', 1],
    ['blanks as + and a blank in the text', 'displayName+eq+%22e+f%22', 1],
    ['blanks as + and one as %20', 'displayName+eq+%22e%20f%22', 1],
    ['a plus that is not there', 'userName%20eq%20%22a%20b@example.com%22', 0],
  ])('F10: a plus in a filter is a plus: %s', async (_, filter, totalResults) => {
    await scim.user('a+b@example.com', { displayName: 'c + d' });
    await scim.user('ben', { displayName: 'e f' });
    for (const name of ['filter', 'Filter'])
      expect(await scim.get(`/Users?count=5&${name}=${filter}`)).toMatchObject({ status: 200, body: { totalResults } });
  });

  it.each(['//Users', '/Users//', '//Users/'])('F9: %s is the same address', async (path) => {
    expect((await scim.get(path)).status).toBe(200);
  });
});
