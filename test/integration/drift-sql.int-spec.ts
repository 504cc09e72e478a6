import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createCrm, dropCrm, readCrm, type Crm } from '../peers/sql-app.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

const OWNER_URL = process.env.TEST_DATABASE_OWNER_URL ?? '';
const DATABASE = 'crm_drift';

describe('what people change in an application’s own database', () => {
  let api: TestApi;
  let crm: Crm;
  let client: pg.Client;
  let tenant: ApiTenant;
  let applicationId: string;
  beforeAll(async () => {
    [api, crm] = await Promise.all([startTestApi({ worker: true }), createCrm(OWNER_URL, DATABASE)]);
    client = new pg.Client({ connectionString: crm.url });
    await client.connect();
    tenant = await api.tenant();
    ({ id: applicationId } = await tenant.api.made('/api/v1/applications', {
      ...{
        name: 'CRM',
        connector: 'sql',
        config: crm.config,
        credentials: crm.credentials,
        drift: { reaction: 'revert' },
      },
      mapping: { userName: 'identity.employeeNumber', email: 'identity.email', department: 'identity.department' },
    }));
    await tenant.api.made('/api/v1/policies', {
      name: 'Everyone',
      condition: 'true',
      grants: [{ applicationId, entitlements: [{ kind: 'role', name: 'user' }] }],
      publish: true,
    });
    const hr = await HrSystem.connect(tenant.api);
    for (const name of ['ada', 'bob', 'cyd', 'dan', 'eve'])
      await hr.event('employee.created', { employeeNumber: name, email: `${name}@example.com`, department: 'Sales' });
    await asItMustBe();
    // What was written last must be older than the look.
    await eventually(
      async () =>
        (
          await api.database.query(
            'SELECT FROM accounts WHERE lease_until IS NOT NULL OR applied_version < desired_version',
          )
        ).length === 0,
    );
  });
  afterAll(async () => {
    await api.close();
    await client.end();
    await dropCrm(OWNER_URL, DATABASE);
  });

  const asItMustBe = () =>
    eventually(
      async () =>
        (await readCrm(crm.url)).map(({ login, department, isActive, roles }) => [
          login,
          department,
          isActive,
          ...roles,
        ]),
      (shown) =>
        JSON.stringify(shown) ===
        JSON.stringify(['ada', 'bob', 'cyd', 'dan', 'eve'].map((name) => [name, 'Sales', true, 'user'])),
    );

  it('is undone as in any other: values, the switch, rows that are gone, roles that came and went', async () => {
    await client.query(`UPDATE crm_user SET department = 'Board' WHERE login = 'ada'`);
    await client.query(`UPDATE crm_user SET is_active = false WHERE login = 'bob'`);
    await client.query(
      `DELETE FROM crm_user_role WHERE user_id IN (SELECT id FROM crm_user WHERE login IN ('cyd', 'dan'))`,
    );
    await client.query(`DELETE FROM crm_user WHERE login = 'dan'`);
    const { id } = await tenant.api.made(`/api/v1/applications/${applicationId}/scans`, {});
    await eventually(
      async () => (await tenant.api.get<{ state: string }>(`/api/v1/scans/${id}`)).body.state,
      (state) => state === 'done',
    );
    await asItMustBe();
    const findings = await tenant.api.all<{ kind: string; state: string }>('/api/v1/drift');
    expect(findings.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'attribute reverted',
      'disabled reverted',
      'member_removed reverted',
      'missing reverted',
    ]);
  });
});
