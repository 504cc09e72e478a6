import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface EntitlementView {
  readonly id: string;
  readonly name: string;
  readonly appliedName: string | null;
  readonly state: string;
}

describe('a group that a policy gives', () => {
  let api: TestApi;
  let peer: ScimPeer;
  beforeAll(async () => {
    [api, peer] = await Promise.all([startTestApi({ worker: true }), ScimPeer.start()]);
  });
  afterAll(async () => {
    await api.close();
    await peer.stop();
  });

  it('is made, filled, renamed with its members, and deleted once nothing gives it', async () => {
    const tenant = await api.tenant();
    const hr = await HrSystem.connect(tenant.api);
    const config = { baseUrl: peer.baseUrl, settleMs: 0 };
    const app = { name: 'App', connector: 'scim', config, credentials: { token: peer.token } };
    const { id: applicationId } = await tenant.api.made('/api/v1/applications', app);
    const draft = (entitlements: readonly object[]): object => ({
      ...{ name: 'All', condition: 'identity.employeeNumber != ""', publish: true },
      grants: [{ applicationId, entitlements }],
    });
    const policy = await tenant.api.made('/api/v1/policies', draft([{ kind: 'group', name: 'Sales' }]));
    await hr.event('employee.created', { employeeNumber: '1', email: 'ada@example.com' });
    const groups = (): Promise<{ name: unknown; members: number }[]> =>
      peer.state().then((state) =>
        state.groups.map(({ displayName, members }) => ({
          name: displayName,
          members: (members as unknown[]).length,
        })),
      );
    await eventually(groups, ([group]) => group?.name === 'Sales' && group.members === 1);

    const [entitlement] = await tenant.api.all<EntitlementView>(`/api/v1/entitlements?applicationId=${applicationId}`);
    const path = `/api/v1/entitlements/${entitlement?.id ?? ''}`;
    const other = await api.tenant();
    expect((await other.api.patch(path, { name: 'Mine' })).status).toBe(404);
    expect((await other.api.delete(path)).status).toBe(404);
    expect(await other.api.all('/api/v1/entitlements')).toEqual([]);
    expect((await tenant.api.patch(path, { name: '' })).status).toBe(400);

    expect((await tenant.api.patch(path, { name: 'Revenue' })).body).toMatchObject({
      name: 'Revenue',
      appliedName: 'Sales',
    });
    await eventually(groups, ([group]) => group?.name === 'Revenue');
    expect(await groups()).toEqual([{ name: 'Revenue', members: 1 }]);

    expect(await tenant.api.delete(path)).toMatchObject({ status: 409, body: { code: 'entitlement_in_use' } });
    await tenant.api.put(`/api/v1/policies/${policy.id}`, draft([]));
    const holds = await tenant.api.all<{ id: string }>('/api/v1/holds?state=held');
    for (const { id } of holds) await tenant.api.post(`/api/v1/holds/${id}/release`, { reason: 'Meant so' });
    await eventually(groups, ([group]) => group?.members === 0);
    expect((await tenant.api.delete(path)).status).toBe(202);
    await eventually(groups, (seen) => seen.length === 0);
    await eventually(
      () => tenant.api.get<EntitlementView>(path),
      ({ body }) => body.state === 'deleted',
    );
  });
});
