import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Tx } from '@tenure/platform';
import { Application } from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from '../../../../../test/support/platform.js';
import { Scan } from './scan.entity.js';
import { ScannedAccount } from './scanned.entity.js';
import { claimScan, LeaseLost, releaseScan, stageAccounts, type ClaimedScan, type Sighting } from './scan-store.js';

const seen = (id: string): Sighting => ({
  remoteId: id,
  observed: { id, enabled: true, attributes: { login: ` ${id.toUpperCase()} ` } },
});

describe('a scan that is carried on', () => {
  let platform: TestPlatform;
  let tenantId: string;
  let id: string;
  let applicationId: string;

  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    ({ tenantId } = await platform.tenant());
    [id, applicationId] = [newId(), newId()];
    await inTenant(async (tx) => {
      await tx.repository(Application).insert({
        ...{ tenantId, id: applicationId, name: 'App', connector: 'scim', mode: 'enforce' },
        ...{ config: {}, mapping: {}, sealedCredentials: Buffer.of() },
      });
      const scan = {
        tenantId,
        id,
        applicationId,
        kind: 'drift',
        requestedBy: 'somebody',
        startedAt: new Date(),
      } as const;
      await tx.repository(Scan).insert(scan);
    });
  });

  const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => platform.database.transaction(tenantId, work);
  const claim = async (leaseMs = 60_000): Promise<ClaimedScan | null> =>
    (await inTenant((tx) => claimScan(tx, id, leaseMs, new Date())))?.scan ?? null;
  const claimed = async (leaseMs?: number): Promise<ClaimedScan> => {
    const scan = await claim(leaseMs);
    if (scan === null) throw new Error('there was nothing to claim');
    return scan;
  };
  const write = (scan: ClaimedScan, remoteId: string, cursor: string): Promise<void> =>
    inTenant(async (tx) => {
      await stageAccounts(tx, scan, [seen(remoteId)], ['login']);
      await releaseScan(tx, scan, { cursor, counts: { listed: 1 } });
    });
  const staged = () => inTenant((tx) => tx.repository(ScannedAccount).findBy({ tenantId, scanId: id }));
  const stored = () => inTenant((tx) => tx.repository(Scan).findOneBy({ tenantId, id }));

  it('is carried on by one alone, from where the last page ended', async () => {
    const first = await claimed();
    expect(await claim()).toBeNull();
    await write(first, 'a', 'after a');
    expect(await claimed()).toMatchObject({ cursor: 'after a', counts: { listed: 1 } });
    expect(await staged()).toMatchObject([{ remoteId: 'a', matchKeys: ['login=a'] }]);
  });

  it('is taken over when its lease ran out: the late page is taken back whole, and read again', async () => {
    const late = await claimed(0);
    const next = await claimed();
    expect(next.cursor).toBe(late.cursor);
    await expect(write(late, 'late', 'after late')).rejects.toBeInstanceOf(LeaseLost);
    expect(await staged()).toEqual([]);
    await write(next, 'a', 'after a');
    await expect(write(late, 'late', 'after late')).rejects.toBeInstanceOf(LeaseLost);
    expect(await stored()).toMatchObject({ cursor: 'after a', counts: { listed: 1 }, fence: '2' });
    expect(await staged()).toMatchObject([{ remoteId: 'a' }]);
  });

  it.each([
    ['the tenant is stopped', 'UPDATE tenants SET stopped_at = clock_timestamp() WHERE id = $1'],
    ['the application is paused', `UPDATE applications SET pause = '{"until": null}' WHERE tenant_id = $1`],
    [
      'it asked to wait',
      "UPDATE applications SET paused_until = clock_timestamp() + interval '1 hour' WHERE tenant_id = $1",
    ],
    [
      'it is failing',
      "UPDATE applications SET quarantined_until = clock_timestamp() + interval '1 hour' WHERE tenant_id = $1",
    ],
    ['the next try is later', "UPDATE scans SET due_at = clock_timestamp() + interval '1 hour' WHERE tenant_id = $1"],
    ['it has ended', "UPDATE scans SET state = 'done' WHERE tenant_id = $1"],
  ])('rests while %s', async (_, sql) => {
    await platform.sql.query(sql, [tenantId]);
    expect(await claim()).toBeNull();
  });
});
