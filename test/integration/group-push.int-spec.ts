import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { ScimClient } from '../support/scim-client.js';

interface EntitlementView {
  readonly id: string;
  readonly name: string;
  readonly appliedName: string | null;
  readonly state: string;
}

const appOf = ({ baseUrl, token }: ScimPeer): object => ({
  name: 'App',
  connector: 'scim',
  config: { baseUrl, settleMs: 0 },
  credentials: { token },
});

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
    const { id: applicationId } = await tenant.api.made('/api/v1/applications', appOf(peer));
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

  interface Push {
    readonly id: string;
    readonly entitlementId: string;
    readonly state: string;
    readonly note: string | null;
  }

  /** What the app has: each group with the logins of its members. */
  const inApp = async (): Promise<Record<string, string[]>> => {
    const state = await peer.state();
    const nameOf = new Map(state.users.map((user) => [user.id, user.userName]));
    const entries = state.groups.map(({ displayName, members }) => [
      displayName,
      (members as { value: string }[]).map(({ value }) => nameOf.get(value) ?? value).sort(),
    ]);
    return Object.fromEntries(entries) as Record<string, string[]>;
  };
  const expectInApp = (expected: Record<string, string[]>): Promise<unknown> =>
    eventually(inApp, (seen) => JSON.stringify(seen) === JSON.stringify(expected));

  const stage = async () => {
    await api.quiet();
    await peer.reset();
    const tenant = await api.tenant();
    const idp = await ScimClient.connect(api.url, tenant.api);
    const { id: applicationId } = await tenant.api.made('/api/v1/applications', appOf(peer));
    return { tenant, idp, applicationId };
  };

  it('follows the group of an identity provider: its members, its name, its end', async () => {
    const { tenant, idp, applicationId } = await stage();
    const [ada, ben] = [await idp.user('ada', { title: 'Boss' }), await idp.user('ben')];
    const inner = await idp.group('Inner', [ben]);
    const groupId = await idp.group('Sales', [ada, inner]);
    const [listed] = await tenant.api.all<{ id: string }>(`/api/v1/groups?name=Sales`);
    expect(listed).toMatchObject({ id: groupId, sourceId: idp.sourceId, deletedAt: null });

    const wrong = await tenant.api.post('/api/v1/group-pushes', {
      applicationId,
      groupId,
      condition: 'identity.titel == "x"',
    });
    expect(wrong).toMatchObject({
      status: 422,
      body: { faults: [{ path: 'condition', offset: 9, suggestion: 'title' }] },
    });
    const push = await tenant.api.made<Push>('/api/v1/group-pushes', { applicationId, groupId });
    const again = await tenant.api.post('/api/v1/group-pushes', { applicationId, groupId });
    expect(again).toMatchObject({ status: 409, body: { code: 'group_pushed' } });
    await expectInApp({ Sales: ['ada', 'ben'] });

    const other = await api.tenant();
    const path = `/api/v1/group-pushes/${push.id}`;
    expect((await other.api.get(path)).status).toBe(404);
    expect((await other.api.delete(path)).status).toBe(404);
    expect(await other.api.all('/api/v1/group-pushes')).toEqual([]);
    expect(await other.api.all('/api/v1/groups')).toEqual([]);
    const foreign = await other.api.post('/api/v1/group-pushes', { applicationId, groupId });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'group_not_found' } });

    await idp.patch(`/Groups/${groupId}`, { op: 'replace', path: 'displayName', value: 'Revenue' });
    await expectInApp({ Revenue: ['ada', 'ben'] });
    await idp.patch(`/Groups/${inner}`, { op: 'remove', path: `members[value eq "${ben}"]` });
    await expectInApp({ Revenue: ['ada'] });

    await tenant.api.made('/api/v1/group-pushes', { applicationId, groupId: inner, name: 'Taken', onEnd: 'keep' });
    await idp.patch(`/Groups/${groupId}`, { op: 'replace', path: 'displayName', value: 'Taken' });
    await eventually(
      () => tenant.api.get<Push>(path),
      ({ body }) => body.note?.includes('another group of that name') === true,
    );

    const removed = await idp.call.delete(`/scim/v2/Groups/${groupId}`);
    expect(removed.status).toBe(204);
    await eventually(
      () => tenant.api.get<Push>(path),
      ({ body }) => body.state === 'ended',
    );
    await expectInApp({});
    await eventually(
      () => tenant.api.get<EntitlementView>(`/api/v1/entitlements/${push.entitlementId}`),
      ({ body }) => body.state === 'deleted',
    );
    expect(await tenant.api.all('/api/v1/groups?name=Taken')).toEqual([]);
  });

  it('keeps to a condition, and is ended by a person', async () => {
    const { tenant, idp, applicationId } = await stage();
    const groupId = await idp.group('Sales', [await idp.user('ada', { title: 'Boss' }), await idp.user('ben')]);
    const condition = 'identity.title == "Boss" || identity.title == "Chief"';
    const push = await tenant.api.made<Push>('/api/v1/group-pushes', {
      applicationId,
      groupId,
      condition,
      name: 'Heads',
    });
    await expectInApp({ Heads: ['ada'] });
    expect((await tenant.api.delete(`/api/v1/group-pushes/${push.id}?onEnd=maybe`)).status).toBe(400);
    expect((await tenant.api.delete(`/api/v1/group-pushes/${push.id}?onEnd=keep`)).status).toBe(200);
    await expectInApp({ Heads: [] });
    await eventually(
      () => tenant.api.all<Push>(`/api/v1/group-pushes?applicationId=${applicationId}&state=ended`),
      ([ended]) => ended?.id === push.id,
    );
  });
});
