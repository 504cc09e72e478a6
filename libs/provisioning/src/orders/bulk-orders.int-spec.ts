import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { WorkHints } from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { BulkOrder } from './bulk-order.entity.js';
import { BulkOrders, type NewOrder } from './bulk-orders.js';
import { HeldItems } from '../budget/held-items.js';
import { Retries } from './retry-accounts.js';

const BY = { actor: 'api_key:spec', door: 'admin' } as const;
const RETRY: NewOrder = { kind: 'retry', filter: {}, said: {} };
const MANY = 1_200;

describe('an order for many', () => {
  let platform: TestPlatform;
  let tenantId: string;
  let orders: BulkOrders;
  beforeAll(async () => {
    platform = await startTestPlatform();
    const { database, queues, clock } = platform;
    const hints = new WorkHints(queues);
    const retries = new Retries(database, hints, () => clock.now());
    const slices = { retry: retries.slice.bind(retries), ...new HeldItems(database, hints, clock).slices() };
    orders = new BulkOrders(database, queues, slices, clock);
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    ({ tenantId } = await platform.tenant());
    const applicationId = newId();
    await platform.sql.query(
      `WITH app AS (INSERT INTO applications (tenant_id, id, name, connector, mode, config, sealed_credentials, mapping)
         VALUES ($1, $2, 'App', 'scim', 'enforce', '{}', '', '{}') RETURNING id),
       people AS (INSERT INTO identities (tenant_id, id, state, attributes, lineage)
         SELECT $1, gen_random_uuid(), 'active', '{}', '{}' FROM app, generate_series(1, $3) RETURNING id)
       INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at, state, runnable, error)
       SELECT $1, gen_random_uuid(), $2, id, 0, '{"enabled": true, "attributes": {}}', now(), 'failed', false, '{"class": "invalid"}' FROM people`,
      [tenantId, applicationId, MANY],
    );
  });

  const states = async (): Promise<object[]> =>
    platform.sql.query(
      'SELECT state, runnable, count(*)::int AS many FROM accounts WHERE tenant_id = $1 GROUP BY 1, 2',
      [tenantId],
    );
  const facts = async (): Promise<number> =>
    (await platform.sql.query("SELECT FROM journal WHERE tenant_id = $1 AND verb = 'account.retried'", [tenantId]))
      .length;

  it('goes slice by slice, each account once and each in the journal', async () => {
    const given = await orders.give(tenantId, BY, RETRY);
    await orders.work.run({ tenantId, id: given.id }, Infinity);
    expect(await orders.get(tenantId, given.id)).toMatchObject({ done: MANY, doneAt: expect.any(Date), cursor: null });
    expect(await states()).toEqual([{ state: 'pending', runnable: true, many: MANY }]);
    expect(await facts()).toBe(MANY);
  });

  it('is carried on from where a process that died left it, and is found open by the timer', async () => {
    const [middle] = await platform.sql.query<{ id: string }>(
      'SELECT id FROM accounts WHERE tenant_id = $1 ORDER BY id OFFSET 699 LIMIT 1',
      [tenantId],
    );
    const id = newId();
    const row = { tenantId, id, ...RETRY, orderedBy: BY.actor, orderedAt: new Date(Date.now() - 60_000), done: 700 };
    await platform.database.transaction(tenantId, (tx) =>
      tx.repository(BulkOrder).insert({ ...row, cursor: { accountsAfter: middle!.id } }),
    );
    const found: string[] = [];
    await platform.database.asSystem(async (tx) => {
      const told = { ...tx, afterCommit: () => void found.push('hint') };
      await orders.work.timer().run(told);
    });
    expect(found).toEqual(['hint']);
    await orders.work.run({ tenantId, id }, Infinity);
    expect(await orders.get(tenantId, id)).toMatchObject({ done: MANY, doneAt: expect.any(Date) });
    expect(await facts()).toBe(500);
  });

  it('is done once by processes that take it at the same moment', async () => {
    const id = newId();
    const row = { tenantId, id, ...RETRY, orderedBy: BY.actor, orderedAt: new Date() };
    await platform.database.transaction(tenantId, (tx) => tx.repository(BulkOrder).insert(row));
    await Promise.all([1, 2, 3].map(() => orders.work.run({ tenantId, id }, Infinity)));
    await orders.work.run({ tenantId, id }, Infinity);
    expect(await orders.get(tenantId, id)).toMatchObject({ done: MANY });
    expect(await facts()).toBe(MANY);
  });
});
