import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';

describe('D3: /api/v1', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  it.each([
    ['operations', 'kind', 'creat', 'create'],
    ['operations', 'outcome', 'failed', 'outcome_unknown'],
    ['leave-steps', 'kind', 'disabled', 'read_back'],
    ['cases', 'kind', 'correlate', 'duplicate_account'],
    ['holds', 'kind', 'absent', 'absence'],
    ['holds', 'kind', 'policy', 'policy_publish'],
  ])('%s: refuses another word for %s, and takes its own', async (list, parameter, wrong, right) => {
    expect((await tenant.api.get(`/api/v1/${list}?${parameter}=${wrong}`)).status).toBe(400);
    expect(await tenant.api.get(`/api/v1/${list}?${parameter}=${right}`)).toMatchObject({
      status: 200,
      body: { items: [] },
    });
  });

  it.each(['release', 'reject'])('answers 404 when held items of no application are to be %sd', async (decision) => {
    const body = { applicationId: newId(), reason: 'spec' };
    expect((await tenant.api.post(`/api/v1/held-items/${decision}`, body)).status).toBe(404);
    const [theirs] = [await api.tenant()];
    const config = { baseUrl: 'http://127.0.0.1:9/scim' };
    const app = { name: 'App', connector: 'scim', config, credentials: { token: 't' } };
    const { id } = await theirs.api.made('/api/v1/applications', app);
    const another = { ...body, applicationId: id };
    expect((await tenant.api.post(`/api/v1/held-items/${decision}`, another)).status).toBe(404);
    expect((await theirs.api.post(`/api/v1/held-items/${decision}`, another)).status).toBe(200);
  });

  it.each([{}, { displayName: null }, { groups: [] }, { displayName: ' ' }])(
    'makes nobody of %j',
    async (attributes) => {
      expect((await tenant.api.post('/api/v1/identities', attributes)).status).toBe(422);
      expect(await tenant.api.all('/api/v1/identities')).toEqual([]);
    },
  );

  it.each(['http://10.0.0.1/scim', 'http://169.254.169.254/scim', 'http://[fd00::1]/scim'])(
    'saves no application at %s, which may never be called',
    async (baseUrl) => {
      const app = { name: baseUrl, connector: 'scim', config: { baseUrl }, credentials: { token: 't' } };
      expect(await tenant.api.post('/api/v1/applications', app)).toMatchObject({
        status: 422,
        body: { faults: [{ path: 'config.baseUrl', message: expect.stringContaining('OUTBOUND_ALLOW') }] },
      });
    },
  );

  const application = async (name: string): Promise<string> => {
    const config = { baseUrl: 'http://127.0.0.1:9/scim' };
    const app = { name, connector: 'scim', config, credentials: { token: 't' } };
    return (await tenant.api.made('/api/v1/applications', app)).id;
  };

  it('C19: takes both forms of a letter for one, in a condition and in the name of an entitlement', async () => {
    await tenant.api.made('/api/v1/identities', { displayName: 'Cy', department: 'Qualité', email: 'cy@example.com' });
    const applicationId = await application('Letters');
    for (const form of ['NFC', 'NFD']) {
      const name = 'Qualité'.normalize(form);
      const grants = [{ applicationId, entitlements: [{ kind: 'group', name }] }];
      const policy = { name: form, condition: `identity.department == "${name}"`, grants };
      expect(await tenant.api.post('/api/v1/policies/simulate', policy)).toMatchObject({
        status: 200,
        body: { gaining: { people: 1 } },
      });
      const { id } = await tenant.api.made('/api/v1/policies', policy);
      expect(await tenant.api.get(`/api/v1/policies/${id}`)).toMatchObject({ status: 200 });
    }
    const known = `/api/v1/entitlements?applicationId=${applicationId}`;
    expect(await tenant.api.all(known)).toMatchObject([{ name: 'Qualité'.normalize('NFC') }]);
    const named = `${known}&name=${encodeURIComponent('Qualité'.normalize('NFD'))}`;
    expect(await tenant.api.all(named)).toHaveLength(1);
  });

  it('C8: shows the memberships that an application has refused', async () => {
    const applicationId = await application('Refuses');
    const [entitlementId, accountId, identityId] = [newId(), newId(), newId()];
    const error = { errorClass: 'forbidden', message: 'no', remedy: 'Ask the owner.' };
    const { tenantId } = tenant;
    await api.database.query(
      `INSERT INTO identities (tenant_id, id, state, attributes, lineage) VALUES ($1, $2, 'active', '{}', '{}')`,
      [tenantId, identityId],
    );
    await api.database.query(
      `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at) VALUES ($1, $2, $3, $4, 0, '{"enabled": true, "attributes": {}}', now())`,
      [tenantId, accountId, applicationId, identityId],
    );
    await api.database.query(
      `INSERT INTO entitlements (tenant_id, id, application_id, kind, name, shard) VALUES ($1, $2, $3, 'group', 'Own', 0)`,
      [tenantId, entitlementId, applicationId],
    );
    const path = `/api/v1/entitlements/${entitlementId}`;
    expect(await tenant.api.get(path)).toMatchObject({ status: 200, body: { refused: [] } });
    await api.database.query(
      `INSERT INTO entitlement_members (tenant_id, entitlement_id, account_id, application_id, wanted, held, changed_at, error) VALUES ($1, $2, $3, $4, false, true, now(), $5)`,
      [tenantId, entitlementId, accountId, applicationId, JSON.stringify(error)],
    );
    const refused = [{ accountId, identityId, wanted: false, error }];
    expect(await tenant.api.get(path)).toMatchObject({ status: 200, body: { state: 'ready', refused } });
    expect((await (await api.tenant()).api.get(path)).status).toBe(404);
  });

  it('saves no policy whose regular expression can never be used', async () => {
    const condition = 'identity.department.matches("(((a{1000}){1000}){1000})")';
    const policy = { name: 'P', condition, grants: [{ applicationId: await application('Regex') }] };
    expect(await tenant.api.post('/api/v1/policies', policy)).toMatchObject({
      status: 422,
      body: { faults: [{ path: 'condition', offset: 28 }] },
    });
  });

  it('C19: finds a person by either form of a letter, and by the letter alone', async () => {
    const [composed, apart] = ['Développement'.normalize('NFC'), 'Développement'.normalize('NFD')];
    await tenant.api.made('/api/v1/identities', { displayName: 'Ada', department: apart, email: 'ada@example.com' });
    await tenant.api.made('/api/v1/identities', { displayName: 'Ben', department: 'dev', email: 'ben@example.com' });
    const found = async (filter: string): Promise<unknown[]> =>
      (await tenant.api.all<{ displayName: string }>(`/api/v1/identities?filter=${encodeURIComponent(filter)}`)).map(
        ({ displayName }) => displayName,
      );
    for (const written of [composed, apart]) expect(await found(`department eq "${written}"`)).toEqual(['Ada']);
    expect(await found('department sw "D"')).toEqual(['Ada']);
    expect(await found('department sw "De"')).toEqual([]);
  });
});
