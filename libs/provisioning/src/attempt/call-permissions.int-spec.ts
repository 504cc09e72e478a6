import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, switchSeen } from '@tenure/platform';
import { Account, Application, ApplicationPauses, WorkHints } from '@tenure/applications';
import { Identity } from '@tenure/identity';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { CallPermissions, type CallSubject } from './call-permissions.js';
import { ProtectedAccounts } from '../orders/protected-accounts.js';
import { claimScan } from '../drift/listing/scan-store.js';
import { Scan } from '../drift/listing/scan.entity.js';

const BY = { actor: 'api_key:spec', door: 'admin' } as const;

describe('whether another call may begin', () => {
  let platform: TestPlatform;
  let tenantId: string;
  let application: Application;
  let accountId: string;
  let permissions: CallPermissions;
  let hints: WorkHints;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    ({ tenantId } = await platform.tenant());
    const [id, identityId] = [newId(), newId()];
    accountId = newId();
    await platform.database.transaction(tenantId, async (tx) => {
      await tx.repository(Application).insert({
        ...{ tenantId, id, name: 'App', connector: 'scim', mode: 'enforce', config: {}, mapping: {} },
        sealedCredentials: Buffer.of(),
      });
      await tx.repository(Identity).insert({ tenantId, id: identityId, state: 'active', attributes: {}, lineage: {} });
      const row = { tenantId, id: accountId, applicationId: id, identityId, shard: 0, desiredAt: new Date() };
      await tx.repository(Account).insert({ ...row, desired: { enabled: true, attributes: {} }, fence: '7' });
    });
    application = (await platform.database.transaction(tenantId, (tx) =>
      tx.repository(Application).findOneBy({ tenantId, id }),
    ))!;
    permissions = new CallPermissions(platform.database, platform.clock);
    hints = new WorkHints(platform.queues);
  });

  const sql = (text: string, ...params: unknown[]): Promise<unknown> => platform.sql.query(text, [tenantId, ...params]);
  /** Asked by a turn that began at some time before, so that it looks. */
  const asked = (more: Partial<CallSubject> = {}) =>
    permissions.of({ application, accountIds: [accountId], fence: '7', ...more }, -Infinity)();

  it('yes, while nothing stands against it', async () => {
    expect(await asked()).toBe(true);
    expect(await asked({ accountIds: [], reads: true })).toBe(true);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the tenant is stopped', () => sql('UPDATE tenants SET stopped_at = now() WHERE id = $1')],
    [
      'the application is paused',
      () =>
        new ApplicationPauses(platform.database, hints, platform.clock).pause(
          tenantId,
          BY,
          application.id,
          'now',
          null,
        ),
    ],
    [
      'a maintenance window was set and is on',
      () =>
        sql(
          `UPDATE applications SET maintenance = '[{"from":"2020-01-01T00:00:00Z","until":"2100-01-01T00:00:00Z"}]' WHERE tenant_id = $1`,
        ),
    ],
    ['the mode was stepped down', () => sql("UPDATE applications SET mode = 'observe' WHERE tenant_id = $1")],
    [
      'E5: the account is protected',
      () =>
        new ProtectedAccounts(platform.database, hints, platform.clock).protect(tenantId, BY, accountId, 'break-glass'),
    ],
    [
      'a person took the account out of the turn’s hands',
      () => sql('UPDATE accounts SET fence = fence + 1 WHERE tenant_id = $1'),
    ],
  ])('no, when %s', async (_, turn) => {
    const ask = permissions.of({ application, accountIds: [accountId], fence: '7' }, performance.now());
    expect(await ask()).toBe(true);
    await turn();
    // A switch answers after this time; from its answer on nothing begins.
    await switchSeen();
    expect(await ask()).toBe(false);
    expect(await asked()).toBe(false);
  });

  it.each<[string, object]>([
    ['a mode says nothing of reads', { mode: 'observe' }],
    ['a pause that has ended says nothing', { pause: { at: '', by: '', reason: '', until: '2026-01-01T00:00:00Z' } }],
  ])('%s', async (_, change) => {
    await platform.database.transaction(tenantId, (tx) => tx.repository(Application).update({ tenantId }, change));
    expect(await asked({ accountIds: [], reads: true })).toBe(true);
  });

  it('no, from the answer of a keyed request on, whose parts are one transaction', async () => {
    const pauses = new ApplicationPauses(platform.database, hints, platform.clock);
    const ask = permissions.of({ application, accountIds: [accountId], fence: '7' }, performance.now());
    await platform.database.together(
      tenantId,
      () => pauses.pause(tenantId, BY, application.id, 'now', null),
      () => Promise.resolve(),
    );
    expect(await ask()).toBe(false);
  });

  it('answers many at once, each for itself', async () => {
    const other = await platform.tenant();
    await platform.sql.query('UPDATE tenants SET stopped_at = now() WHERE id = $1', [other.tenantId]);
    const elsewhere = { ...application, tenantId: other.tenantId };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, nth) => (nth % 2 === 0 ? asked() : asked({ application: elsewhere }))),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, (_, nth) => nth % 2 === 0));
  });

  it.each<[string, object, boolean]>([
    [
      'in a maintenance window',
      { maintenance: [{ from: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' }] },
      false,
    ],
    ['of a paused application', { pause: { at: '', by: '', reason: '', until: null } }, false],
    ['of a failing application', { quarantinedUntil: new Date(Date.now() + 60_000), quarantineTries: 1 }, false],
    ['of an application at rest from nothing', {}, true],
  ])('E14: a scan %s claims its next page: %s', async (_, change, claims) => {
    const id = newId();
    const claim = await platform.database.transaction(tenantId, async (tx) => {
      if (Object.keys(change).length > 0) await tx.repository(Application).update({ tenantId }, change);
      await tx.repository(Scan).insert({
        tenantId,
        id,
        applicationId: application.id,
        kind: 'drift',
        requestedBy: 'spec',
        startedAt: new Date(),
      });
      return claimScan(tx, id, 60_000, platform.clock.now());
    });
    expect(claim !== null).toBe(claims);
  });
});
