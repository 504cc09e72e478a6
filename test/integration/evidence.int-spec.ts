import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface OperationView {
  readonly id: string;
  readonly kind: string;
  readonly outcome: string;
  readonly accountId: string;
}
interface TraceView {
  readonly operationId: string;
  readonly steps: readonly { readonly step: string; readonly at: string | null; readonly [detail: string]: unknown }[];
}

describe('the evidence of an operation', () => {
  let api: TestApi;
  let peer: ScimPeer;
  let tenant: ApiTenant;
  let hr: HrSystem;
  let applicationId: string;
  let policyId: string;
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
      config: { baseUrl: peer.baseUrl },
      credentials: { token: peer.token },
    }));
    const grants = [{ applicationId, entitlements: [{ kind: 'group', name: 'All' }] }];
    const policy = { name: 'Everyone', condition: 'true', grants, publish: true };
    ({ id: policyId } = await tenant.api.made('/api/v1/policies', policy));
    // Whoever is hired while the policy comes into force has the account because of the policy, not of a record.
    await eventually(
      () => api.database.query('SELECT FROM recomputes WHERE tenant_id = $1 AND done_at IS NULL', [tenant.tenantId]),
      (open) => open.length === 0,
    );
  });

  const hire = async (employeeNumber: string): Promise<void> => {
    await hr.event('employee.created', { employeeNumber, email: `${employeeNumber}@example.com` });
    await operation('grant');
  };
  const operations = (query: string): Promise<OperationView[]> => tenant.api.all(`/api/v1/operations?${query}`);
  const operation = async (kind: string): Promise<OperationView> => {
    const [found] = await eventually(
      () => operations(`kind=${kind}`),
      (seen) => seen.length > 0,
    );
    return found!;
  };
  const trace = async ({ id }: OperationView): Promise<TraceView['steps']> =>
    (await tenant.api.get<TraceView>(`/api/v1/operations/${id}/trace`)).body.steps;

  it('goes from the source record to the calls, each step by its id and with its time', async () => {
    await hire('ada');
    const steps = await trace(await operation('create'));
    const [record] = await tenant.api.all<{ id: string }>('/api/v1/source-records');
    expect(steps.map(({ step }) => step)).toEqual(['source_record', 'journal', 'grant', 'desired', 'plan', 'call']);
    expect(steps).toMatchObject([
      { recordId: record!.id, sourceId: hr.source.id, recordVersion: 1, at: expect.any(String) },
      {
        verb: 'identity.joined',
        actor: `source:${hr.source.id}`,
        at: expect.any(String),
        requestId: expect.any(String),
      },
      { policyId, policyVersion: 1, ended: null, at: expect.any(String) },
      { applicationId, desiredVersion: 1, at: expect.any(String) },
      { kind: 'create', diff: expect.arrayContaining(['userName']), at: expect.any(String) },
      { outcome: 'succeeded', exchange: { request: 'POST /Users', status: '201' }, at: expect.any(String) },
    ]);
    expect(JSON.stringify(steps)).not.toMatch(/ada@|scim-app-token/);
  });

  it('names the grants that a membership was made for, with the version of the policy', async () => {
    await hire('ada');
    const steps = await trace(await operation('grant'));
    expect(steps.filter(({ step }) => step === 'grant')).toMatchObject([
      { policyId, policyVersion: 1, requestId: null, grantId: null, at: expect.any(String) },
    ]);
  });

  it('of a leaver ends with what was read back', async () => {
    await hire('ada');
    await hr.event('employee.terminated', { employeeNumber: 'ada' });
    const disabled = await operation('disable');
    const steps = await eventually(
      () => trace(disabled),
      (seen) => seen.at(-1)?.step === 'read_back',
    );
    expect(steps.at(-1)).toMatchObject({ outcome: 'succeeded', operationId: expect.any(String) });
    expect(steps.find(({ step }) => step === 'journal')).toMatchObject({ verb: 'identity.left' });
  });

  it('is found by application, person, account, kind and outcome', async () => {
    await hire('ada');
    await hire('ben');
    await eventually(
      () => operations('kind=create'),
      (seen) => seen.length === 2,
    );
    const [account] = await tenant.api.all<{ id: string; identityId: string }>('/api/v1/accounts');
    const created = 'kind=create&outcome=succeeded';
    const queries = [
      `applicationId=${applicationId}&${created}`,
      `identityId=${account!.identityId}&${created}`,
      `accountId=${account!.id}&${created}`,
      `applicationId=${newId()}`,
      'outcome=invalid',
    ];
    const found = await Promise.all(queries.map(async (query) => (await operations(query)).length));
    expect(found).toEqual([2, 1, 1, 0, 0]);
  });

  it('is not another tenant’s to see', async () => {
    await hire('ada');
    const { id } = await operation('create');
    const other = await api.tenant();
    const missing = { status: 404, body: { code: 'operation_not_found' } };
    expect(await other.api.get(`/api/v1/operations/${id}/trace`)).toMatchObject(missing);
    expect(await tenant.api.get(`/api/v1/operations/${newId()}/trace`)).toMatchObject(missing);
  });
});
