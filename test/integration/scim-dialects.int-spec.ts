import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { ScimClient, USER, type Resource } from '../support/scim-client.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

interface Transcript {
  readonly name: string;
  /** What the user is before. */
  readonly user?: object;
  readonly operations: readonly object[];
  readonly becomes: object;
}

const work = { value: 'ada@example.com', type: 'work', primary: true };
const home = { value: 'ada@home.example', type: 'home' };

/** What identity providers are documented to send, or were seen to. */
const TRANSCRIPTS: readonly Transcript[] = [
  {
    name: 'Entra: active as a text (scimmy #51)',
    operations: [{ op: 'Replace', path: 'active', value: 'False' }],
    becomes: { active: false },
  },
  {
    name: 'Entra: an address that is not there yet is made',
    operations: [{ op: 'Add', path: 'emails[type eq "work"].value', value: 'a@example.com' }],
    becomes: { emails: [{ type: 'work', value: 'a@example.com' }] },
  },
  {
    name: 'Entra: replace makes it, too (scim-for-keycloak #73)',
    operations: [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'a@example.com' }],
    becomes: { emails: [{ type: 'work', value: 'a@example.com' }] },
  },
  {
    name: 'Entra: parts of one address merge (SCIM-SDK #680)',
    operations: [
      { op: 'Add', path: 'addresses[type eq "work"].locality', value: 'Berlin' },
      { op: 'Add', path: 'addresses[type eq "work"].country', value: 'DE' },
    ],
    becomes: { addresses: [{ type: 'work', locality: 'Berlin', country: 'DE' }] },
  },
  {
    name: 'Entra: other addresses stay (SCIM-SDK #668)',
    user: { emails: [work, home] },
    operations: [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'b@example.com' }],
    becomes: { emails: [{ ...work, value: 'b@example.com' }, home] },
  },
  {
    name: 'Entra: a part in another case',
    operations: [{ op: 'Add', path: 'emails[type eq "other"].Value', value: 'smtp:a@example.com' }],
    becomes: { userName: 'ada' },
  },
  {
    name: 'Entra: dotted and URN keys without a path',
    operations: [{ op: 'replace', value: { 'name.givenName': 'Ada', [`${ENTERPRISE}:employeeNumber`]: '7' } }],
    becomes: { name: { givenName: 'Ada' }, [ENTERPRISE]: { employeeNumber: '7' } },
  },
  {
    name: 'Entra: the manager as a bare text (SCIM-SDK #686)',
    operations: [{ op: 'Add', path: `${ENTERPRISE}:manager`, value: 'm-1' }],
    becomes: { [ENTERPRISE]: { manager: { value: 'm-1' } } },
  },
  { name: 'Entra: no operations at all (scimmy #59)', operations: [], becomes: { userName: 'ada' } },
  {
    name: 'Okta: activation without a path',
    operations: [{ op: 'replace', value: { active: false } }],
    becomes: { active: false },
  },
  {
    name: 'Okta: its own id and meta come back',
    operations: [{ op: 'replace', value: { id: 'any', meta: { version: 'x' }, groups: [], title: 'CEO' } }],
    becomes: { title: 'CEO' },
  },
  {
    name: 'Okta: the password is taken and not kept',
    operations: [{ op: 'replace', value: { password: 'secret-two' } }],
    becomes: { userName: 'ada' },
  },
  {
    name: 'PingOne: two primary addresses',
    operations: [{ op: 'replace', path: 'emails', value: [work, { ...home, primary: true }] }],
    becomes: { emails: [work, { ...home, primary: false }] },
  },
  {
    name: 'a new primary takes it from the old one',
    user: { emails: [work] },
    operations: [{ op: 'add', path: 'emails', value: [{ ...home, primary: true }] }],
    becomes: {
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    },
  },
  {
    name: 'the same value is not added twice',
    user: { emails: [work] },
    operations: [{ op: 'add', path: 'emails', value: [work] }],
    becomes: { emails: [work] },
  },
  {
    name: 'an extension as a whole',
    operations: [{ op: 'add', value: { [ENTERPRISE]: { department: 'Sales' } } }],
    becomes: { schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'Sales' } },
  },
  {
    name: 'a part of a name leaves the others',
    user: { name: { givenName: 'Ada', familyName: 'King' } },
    operations: [{ op: 'replace', path: 'name', value: { familyName: 'Lovelace' } }],
    becomes: { name: { givenName: 'Ada', familyName: 'Lovelace' } },
  },
  {
    name: 'a path with the core URN',
    operations: [{ op: 'add', path: `${USER}:name.givenName`, value: 'Ada' }],
    becomes: { name: { givenName: 'Ada' } },
  },
  {
    name: 'a remove by filter',
    user: { emails: [work, home] },
    operations: [{ op: 'remove', path: 'emails[type eq "home"]' }],
    becomes: { emails: [work] },
  },
  {
    name: 'a remove with the value beside the path',
    user: { emails: [work, home] },
    operations: [{ op: 'Remove', path: 'emails', value: [{ value: home.value }] }],
    becomes: { emails: [work] },
  },
];

describe('identity providers’ dialects', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let scim: ScimClient;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    scim = await ScimClient.connect(api.url, tenant.api);
  });

  it.each(TRANSCRIPTS)('$name', async ({ user = {}, operations, becomes }) => {
    const id = await scim.user('ada', user);
    const { status, body, text } = await scim.patch(`/Users/${id}`, ...operations);
    expect([status, text]).toEqual([200, expect.any(String)]);
    expect(body).toMatchObject({ ...becomes, id });
    expect(text).not.toContain('secret-two');
    expect(await scim.read(`/Users/${id}`)).toEqual(body);
  });

  it.each<[string, object, string]>([
    ['a value path that chooses nothing', { op: 'replace', path: 'emails[type eq "work"]', value: work }, 'noTarget'],
    [
      'a replace of a type that there is not',
      { op: 'replace', path: 'emails[type eq "nonexistent"].value', value: 'x@y' },
      'noTarget',
    ],
    ['a remove without a path', { op: 'remove' }, 'noTarget'],
    ['what is not a path', { op: 'add', path: 'shoe[Size', value: 1 }, 'invalidPath'],
    ['a path to the prototype', { op: 'add', path: '__proto__.polluted', value: 1 }, 'invalidPath'],
    [
      'the prototype as a key',
      { op: 'add', value: JSON.parse('{"__proto__":{"polluted":1}}') as object },
      'invalidPath',
    ],
    ['a constructor as a key', { op: 'add', value: { 'constructor.prototype': { polluted: 1 } } }, 'invalidPath'],
    ['a read-only path', { op: 'replace', path: 'groups', value: [] }, 'mutability'],
    ['a required attribute removed', { op: 'remove', path: 'userName' }, 'mutability'],
    ['a text where a boolean belongs', { op: 'replace', path: 'active', value: 'perhaps' }, 'invalidValue'],
    ['a number where a text belongs', { op: 'replace', path: 'title', value: 7 }, 'invalidValue'],
    ['a filter that cannot be read', { op: 'replace', path: 'emails[type eq].value', value: 'x' }, 'invalidFilter'],
    ['another operation', { op: 'copy', path: 'title' }, 'invalidSyntax'],
  ])('refuses %s, and changes nothing', async (_, operation, scimType) => {
    const id = await scim.user('ada');
    const before = await scim.read(`/Users/${id}`);
    const answer = await scim.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'CEO' }, operation);
    expect([answer.status, answer.body.scimType]).toEqual([400, scimType]);
    expect(await scim.read(`/Users/${id}`)).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('Okta: a PUT echoes what it got, changed', async () => {
    const id = await scim.user('ada', { title: 'CEO', emails: [work] });
    const { title: _, ...got } = await scim.read(`/Users/${id}`);
    const { status, body } = await scim.call.put<Resource>(`/scim/v2/Users/${id}`, { ...got, displayName: 'Ada' });
    expect([status, body.displayName, body.title, body.emails]).toEqual([200, 'Ada', undefined, [work]]);
  });

  it.each([
    [
      'OneLogin: a connect check by a name that nobody has, with a "?" too many',
      '/Users?filter=userName%20eq%20%22nobody%22&',
    ],
    ['Entra: a test connection', '/Users?filter=externalId%20eq%20%22nobody%22&aadOptscim062020'],
    ['Entra: a value without quotes', '/Users?filter=externalId%20eq%20jyoung'],
    ['Google: from the first', '/Users?filter=userName%20eq%20%22nobody%22&startIndex=1'],
  ])('%s', async (_, path) => {
    expect(await scim.get(path)).toMatchObject({ status: 200, body: { totalResults: 0, Resources: [] } });
  });

  it('JumpCloud: a test user is made and deleted, and 404 afterwards everywhere', async () => {
    const id = await scim.user('test');
    expect((await scim.call.delete(`/scim/v2/Users/${id}`)).status).toBe(204);
    expect((await scim.get(`/Users/${id}`)).status).toBe(404);
    expect((await scim.patch(`/Users/${id}`, { op: 'replace', value: { active: true } })).status).toBe(404);
    expect((await scim.call.put(`/scim/v2/Users/${id}`, { schemas: [USER], userName: 'test' })).status).toBe(404);
    expect((await scim.list('/Users', 'userName eq "test"')).totalResults).toBe(0);
  });
});
