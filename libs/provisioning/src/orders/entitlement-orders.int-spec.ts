import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { Application, Entitlement, WorkHints } from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { EntitlementOrders } from './entitlement-orders.js';

const BY = { actor: 'api_key:spec', door: 'admin' } as const;
const AT_ONCE = 12;

describe('orders for entitlements', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());

  it('E15: of many given at once for one application each is carried out', async () => {
    const [{ tenantId }, applicationId] = [await platform.tenant(), newId()];
    const ids = Array.from({ length: AT_ONCE }, () => newId());
    await platform.database.transaction(tenantId, async (tx) => {
      await tx.repository(Application).insert({
        ...{ tenantId, id: applicationId, name: 'App', connector: 'scim', mode: 'enforce', config: {}, mapping: {} },
        sealedCredentials: Buffer.of(),
      });
      for (const [nth, id] of ids.entries())
        await tx
          .repository(Entitlement)
          .insert({ tenantId, id, applicationId, kind: 'group', name: `G${nth}`, shard: 0 });
    });
    const orders = new EntitlementOrders(platform.database, new WorkHints(platform.queues), platform.clock);
    await Promise.all(ids.map((id, nth) => orders.rename(tenantId, BY, id, `Renamed ${nth}`)));
    const facts = await platform.sql.query<{ revision: number }>(
      'SELECT revision FROM journal WHERE tenant_id = $1 AND subject_id = $2 ORDER BY revision',
      [tenantId, applicationId],
    );
    expect(facts.map(({ revision }) => revision)).toEqual(ids.map((_, nth) => nth + 1));
    await expect(orders.rename(tenantId, BY, ids[0]!, 'Renamed 1')).rejects.toMatchObject({
      code: 'entitlement_name_taken',
    });
  });
});
