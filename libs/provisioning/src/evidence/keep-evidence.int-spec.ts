import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { lookNow, newId, type Timer } from '@tenure/platform';
import { writeSetting } from '@tenure/tenancy';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { evidenceTimer } from './keep-evidence.js';
import { PROVISIONING_SETTINGS_SECTION } from '../budget/provisioning-settings.js';

const DAY_MS = 86_400_000;
const REFUSED = { code: '42501' };

describe('evidence', () => {
  let platform: TestPlatform;
  let timer: Timer;
  let tenantId: string;
  beforeAll(async () => {
    platform = await startTestPlatform();
    timer = evidenceTimer(platform.database, platform.clock);
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    await platform.sql.query('DELETE FROM operations');
    ({ tenantId } = await platform.tenant());
  });

  const daysAgo = (days: number): Date => new Date(platform.clock.now().getTime() - days * DAY_MS);
  /** An id as it would have been made then. */
  const idOf = (at: Date): string => {
    const time = at.getTime().toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-${newId().slice(14)}`;
  };
  const keep = async (tenant: string, ...days: number[]): Promise<void> => {
    for (const at of days.map(daysAgo))
      await platform.database.transaction(tenant, (tx) =>
        tx.query(
          `INSERT INTO operations (tenant_id, id, at, application_id, kind, outcome, attempt, exchanges, ms) VALUES ($1, $2, $3, $4, 'look', 'succeeded', 1, '[]', 1)`,
          [tenant, idOf(at), at, newId()],
        ),
      );
  };
  const look = (): Promise<void> => lookNow(platform.database, timer);
  const kept = async (tenant = tenantId): Promise<number[]> => {
    const rows = await platform.sql.query<{ at: Date }>(
      'SELECT at FROM operations WHERE tenant_id = $1 ORDER BY at DESC',
      [tenant],
    );
    return rows.map(({ at }) => Math.round((platform.clock.now().getTime() - at.getTime()) / DAY_MS));
  };
  const partitionsOf = (tenant: string): Promise<{ name: string; many: number }[]> =>
    platform.sql.query(
      'SELECT tableoid::regclass::text AS name, count(*)::int AS many FROM operations WHERE tenant_id = $1 GROUP BY 1 ORDER BY 1',
      [tenant],
    );
  const monthOf = (at: Date): string => `operations_${at.toISOString().slice(0, 7).replace('-', '_')}`;
  const partitions = async (): Promise<string[]> => {
    const rows = await platform.sql.query<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'operations'::regclass ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('lies in the month that it is of, with the next months made before they come', async () => {
    await keep(tenantId, 0);
    expect(await partitionsOf(tenantId)).toEqual([{ name: monthOf(platform.clock.now()), many: 1 }]);
    const now = new Date();
    const ahead = [1, 2, 3].map((months) =>
      monthOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1))),
    );
    expect(await partitions()).toEqual(expect.arrayContaining(ahead));
  });

  it('moves out of the default partition, where nothing is lost, and gets no rights of its own', async () => {
    await keep(tenantId, 100, 101);
    expect((await partitionsOf(tenantId)).map(({ name }) => name)).toEqual(['operations_default']);
    await look();
    const names = (await partitionsOf(tenantId)).map(({ name }) => name);
    expect(names).toContain(monthOf(daysAgo(100)));
    expect(names).not.toContain('operations_default');
    expect(await kept()).toEqual([100, 101]);
    await keep(tenantId, 100);
    expect(await kept()).toEqual([100, 100, 101]);
    const [name] = names;
    await expect(
      platform.database.transaction(tenantId, (tx) => tx.query(`SELECT FROM ${name!}`)),
    ).rejects.toMatchObject(REFUSED);
    const indexes = await platform.sql.query('SELECT FROM pg_indexes WHERE tablename = $1', [name]);
    expect(indexes).toHaveLength(4);
  });

  it('is kept as long as each tenant wants, 400 days when nothing is said', async () => {
    const { tenantId: brief } = await platform.tenant();
    await platform.database.transaction(brief, (tx) =>
      writeSetting(
        tx,
        PROVISIONING_SETTINGS_SECTION,
        { evidence: { keepDays: 30 } },
        { actor: 'spec', at: new Date() },
      ),
    );
    for (const tenant of [tenantId, brief]) await keep(tenant, 1, 29, 31, 399, 401);
    await look();
    expect([await kept(), await kept(brief)]).toEqual([
      [1, 29, 31, 399],
      [1, 29],
    ]);
  });

  it('goes with what scans found and is settled; what is open or in force stays', async () => {
    const application = newId();
    const inTenant = (sql: string, params: unknown[] = []) =>
      platform.database.transaction(tenantId, (tx) => tx.query<{ name: string }>(sql, [tenantId, ...params]));
    const finding = (state: string, kind: string, days: number) =>
      inTenant(
        `INSERT INTO drift_findings (tenant_id, id, application_id, account_id, identity_id, kind, cause, state, found_at, seen_at, decided_at)
         VALUES ($1, $2, $3, $4, $4, $6, '', $5, $7, $7, $7)`,
        [newId(), application, newId(), state, kind, daysAgo(days)],
      );
    for (const state of ['reverted', 'closed', 'adopted', 'open', 'ignored']) await finding(state, 'attribute', 500);
    await finding('adopted', 'member_added', 500);
    await finding('closed', 'attribute', 10);
    const stranger = (state: string) =>
      inTenant(
        `INSERT INTO unknown_accounts (tenant_id, id, application_id, remote_id, observed, state, first_seen_at, seen_at, scan_id)
         VALUES ($1, $2, $3, gen_random_uuid(), '{}', $4, $5, $5, $2)`,
        [newId(), application, state, daysAgo(500)],
      );
    for (const state of ['assigned', 'gone', 'ignored', 'protected', 'unmatched']) await stranger(state);
    await look();
    const left = await inTenant(
      `SELECT state || ' ' || kind AS name FROM drift_findings WHERE tenant_id = $1
       UNION ALL SELECT state FROM unknown_accounts WHERE tenant_id = $1 ORDER BY 1`,
    );
    expect(left.map(({ name }) => name)).toEqual([
      ...['adopted attribute', 'closed attribute', 'ignored', 'ignored attribute', 'open attribute'],
      ...['protected', 'unmatched'],
    ]);
  });

  it('of months that no tenant keeps any more is dropped with its partition', async () => {
    await keep(tenantId, 500, 10);
    await platform.database.asSystem((tx) => tx.query('SELECT ensure_operation_partitions(0)'));
    expect(await partitions()).toContain(monthOf(daysAgo(500)));
    await look();
    expect(await partitions()).not.toContain(monthOf(daysAgo(500)));
    expect(await kept()).toEqual([10]);
  });

  it('is kept by the timers alone: nobody else may make or drop months, and nobody the last ones', async () => {
    const asTenant = (sql: string) => platform.database.transaction(tenantId, (tx) => tx.query(sql));
    await expect(asTenant('SELECT ensure_operation_partitions(1)')).rejects.toMatchObject(REFUSED);
    await expect(asTenant("SELECT drop_operation_partitions(now() - interval '1 year')")).rejects.toMatchObject(
      REFUSED,
    );
    await expect(asTenant('DELETE FROM operations')).rejects.toMatchObject(REFUSED);
    const asSystem = (sql: string) => platform.database.asSystem((tx) => tx.query(sql));
    for (const before of ["now() - interval '29 days'", 'NULL'])
      await expect(asSystem(`SELECT drop_operation_partitions(${before})`)).rejects.toThrow(/never dropped/);
  });
});
