import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog, Database, lookNow, type Clock, type Log, type Timer } from '@tenure/platform';
import { forgetImportRows, forgetInboundEvents } from '@tenure/hrms-sync';
import { forgetIdempotentAnswers } from '@tenure/tenancy';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { HrSystem } from '../support/hr.js';
import { importFile, type ImportView } from '../support/import-file.js';
import { connect, TestClock } from '../support/platform.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ADA = { employeeNumber: '7', firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com' };
const FILE = 'employeeNumber,email,managerEmployeeNumber\n1,grace@example.com,\n2,alan@example.com,nobody\n';

describe('D3: raw input', () => {
  let api: TestApi;
  let database: Database;
  let tenants: ApiTenant[];
  const log = createLog('spec', 'silent');
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
    database = await connect(api.database);
  });
  afterAll(async () => {
    await database.close();
    await api.close();
  });
  beforeEach(async () => {
    tenants = [await api.tenant(), await api.tenant()];
  });

  /** One look as it is made that much later. */
  const lookAfter = (ms: number, timerOf: (database: Database, clock: Clock, log: Log) => Timer): Promise<void> =>
    lookNow(database, timerOf(database, new TestClock(new Date(Date.now() + ms)), log));

  const count = async (table: string, tenant: ApiTenant): Promise<number> => {
    const [row] = await api.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${table} WHERE tenant_id = $1`,
      [tenant.tenantId],
    );
    return row?.n ?? 0;
  };
  const counts = (table: string): Promise<number[]> => Promise.all(tenants.map((tenant) => count(table, tenant)));

  it('of HR systems is deleted after 30 days, of every tenant', async () => {
    for (const tenant of tenants) await (await HrSystem.connect(tenant.api)).event('employee.created', ADA);
    await lookAfter(30 * DAY_MS - HOUR_MS, forgetInboundEvents);
    expect(await counts('inbound_events')).toEqual([1, 1]);
    await lookAfter(30 * DAY_MS + HOUR_MS, forgetInboundEvents);
    expect(await counts('inbound_events')).toEqual([0, 0]);
  });

  it('is not needed for an end that came before its hire: it counts when the hire comes', async () => {
    const [tenant] = tenants as [ApiTenant];
    const hr = await HrSystem.connect(tenant.api);
    const ended = await hr.event('employee.terminated', { employeeNumber: '7', endDate: '2026-01-31' });
    expect(ended.body).toMatchObject({ outcome: 'unresolved' });
    await lookAfter(400 * DAY_MS, forgetInboundEvents);
    expect(await count('inbound_events', tenant)).toBe(0);
    await hr.event('employee.created', ADA, { occurredAt: new Date(Date.now() - DAY_MS) });
    expect(await tenant.api.all('/api/v1/identities')).toMatchObject([{ employeeNumber: '7', state: 'terminated' }]);
  });

  it('of files is deleted 30 days after the import ended; its counts stay, and a retry says why it cannot', async () => {
    const imported = await Promise.all(
      tenants.map(async ({ api: client }) => {
        const { id } = await client.made('/api/v1/sources', {
          kind: 'csv',
          name: 'File',
          mapping: {
            employeeNumber: 'employeeNumber',
            email: 'email',
            managerEmployeeNumber: 'managerEmployeeNumber',
          },
        });
        return importFile(client, id, FILE);
      }),
    );
    await lookAfter(30 * DAY_MS - HOUR_MS, forgetImportRows);
    expect(await counts('import_rows')).toEqual([2, 2]);
    await lookAfter(30 * DAY_MS + HOUR_MS, forgetImportRows);
    expect(await counts('import_rows')).toEqual([0, 0]);
    const [tenant] = tenants as [ApiTenant];
    const path = `/api/v1/imports/${imported[0]?.id ?? ''}`;
    expect((await tenant.api.get<ImportView>(path)).body).toMatchObject({
      rows: 2,
      new: 1,
      rejected: 1,
      rejectedRows: [],
      rowsDeletedAt: expect.any(String),
    });
    expect(await tenant.api.post(`${path}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'import_rows_deleted' },
    });
  });

  it('of an import that has not ended stays, and so do the rows that it asks', async () => {
    const [tenant] = tenants as [ApiTenant];
    const { id } = await tenant.api.made('/api/v1/sources', {
      kind: 'csv',
      name: 'File',
      mapping: { employeeNumber: 'employeeNumber', email: 'email', managerEmployeeNumber: 'managerEmployeeNumber' },
    });
    await importFile(tenant.api, id, FILE);
    await api.database.query(
      `INSERT INTO imports (tenant_id, id, source_id, preview, actor, total, state, started_at)
       VALUES ($1, gen_random_uuid(), $2, false, 'spec', 1, 'held', now() - interval '40 days')`,
      [tenant.tenantId, id],
    );
    await lookAfter(60 * DAY_MS, forgetImportRows);
    expect(await count('import_rows', tenant)).toBe(2);
  });

  it('of repeated writes is deleted when its key is free again, after 24 hours', async () => {
    for (const { api: client } of tenants)
      await client.post(
        '/api/v1/identities',
        { givenName: 'Ada', familyName: 'Lovelace', email: 'ada@example.com' },
        { headers: { 'idempotency-key': 'once' } },
      );
    const before = await counts('idempotent_answers');
    await lookAfter(23 * HOUR_MS, forgetIdempotentAnswers);
    expect(await counts('idempotent_answers')).toEqual(before);
    expect(before).toEqual([1, 1]);
    await lookAfter(25 * HOUR_MS, forgetIdempotentAnswers);
    expect(await counts('idempotent_answers')).toEqual([0, 0]);
  });
});
