import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { ScimClient, USER, type ResourceList } from '../support/scim-client.js';

describe('D15: an address', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let idp: ScimClient;
  let ada: string;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
    idp = await ScimClient.connect(api.url, tenant.api);
    ada = await idp.user('ada');
    await idp.user('bob');
  });
  afterAll(() => api.close());

  const at = (path: string) => idp.call.get<ResourceList>(api.url + path.replace('<ada>', ada));

  it.each([
    '/scim/v2/Users-anything',
    '/scim/v2/Usersx',
    '/scim/v2/Users.json',
    '/scim/v2/Users%2f<ada>',
    '/scim/v2/Users%2Fx',
    '/scim/v2/Users%3Ffilter=x',
    '/scim/v2/Users%20',
    '/scim/v2/Groups.json',
    '/scim/v2/Users;x',
    '/scim/v2/Users/<ada>%2fx',
    '/scim/v2/Users/<ada>.json',
    '/scim/v2/Users/<ada>/x',
  ])('%s is 404, and nothing can be made there', async (path) => {
    const { status, headers } = await at(path);
    expect([status, headers.get('content-type')]).toEqual([404, 'application/scim+json']);
    const made = await idp.call.post(path.replace('<ada>', ada), { schemas: [USER], userName: `made at ${path}` });
    expect([404, 405]).toContain(made.status);
  });

  it.each([
    '/scim/v2/Users/',
    '/scim/v2//Users',
    '/scim//v2/Users',
    '//scim/v2/Users',
    '/scim/v2/users',
    '/SCIM/V2/Users',
    '/scim/v2/%55sers',
  ])('%s is the list of users', async (path) => {
    expect(await at(path)).toMatchObject({ status: 200, body: { totalResults: 2 } });
  });

  it.each(['/scim/v2//Users/<ada>', '/scim/v2/Users//<ada>', '/scim/v2/Users/<ada>/'])('%s is ada', async (path) => {
    expect(await at(path)).toMatchObject({ status: 200, body: { userName: 'ada' } });
  });

  it.each(['Filter', 'FILTER', 'fIlTeR'])('%s= is the filter, whatever its case', async (name) => {
    const { body } = await at(`/scim/v2/Users?${name}=${encodeURIComponent('userName eq "ada"')}`);
    expect(body.totalResults).toBe(1);
  });

  it('StartIndex= and Count= are read', async () => {
    const { body } = await at('/scim/v2/Users?StartIndex=2&Count=1');
    expect(body).toMatchObject({ startIndex: 2, itemsPerPage: 1 });
  });

  it.each(['filter[]', 'filter[0]', 'start-index', 'filter ', 'Filter=userName+pr&filter'])(
    '%s= is refused, and lists no one',
    async (name) => {
      const { status, body } = await at(`/scim/v2/Users?${name}=x`);
      expect([status, body.Resources]).toEqual([400, undefined]);
    },
  );

  it('a parameter of a client’s own says nothing', async () => {
    expect((await at('/scim/v2/Users?aadOptscim062020')).body.totalResults).toBe(2);
  });

  it.each([
    ['/SAML/x/login', 404, 'text/html'],
    ['//saml/x/login', 404, 'text/html'],
    ['/saml//x//login', 404, 'text/html'],
    ['/SAML/01900000-0000-7000-8000-000000000000/metadata', 404, 'text/html'],
    ['/Scim/v2/Nothing/x/y', 404, 'application/scim+json'],
    ['/scimitar', 404, 'application/problem+json'],
    ['/api//v1/identities', 401, 'application/problem+json'],
    ['/api/v1/identities%00', 400, 'application/problem+json'],
    ['/scim/v2/Users?filter=%00', 400, 'application/scim+json'],
    ['/scim/v2/Users%ff', 400, 'application/scim+json'],
    ['/api/v1/identities/%ff', 400, 'application/problem+json'],
  ])('%s is answered with %i as %s', async (path, status, type) => {
    const answer = await api.anybody.get(api.url + path);
    expect([answer.status, answer.headers.get('content-type')?.split(';')[0]]).toEqual([status, type]);
  });

  it.each([
    ['DELETE', '/api/v1/identities', 'GET, HEAD, POST'],
    ['PATCH', '/api/v1/policies', 'GET, HEAD, POST'],
    ['POST', '/me', 'GET, HEAD'],
    ['GET', '/hrms/x/webhook', 'POST'],
  ])('%s %s is 405 with what can be done', async (method, path, allow) => {
    const response = await fetch(new URL(path, api.url), { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });
});
