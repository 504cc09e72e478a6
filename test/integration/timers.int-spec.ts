import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { createLog, Database, newId, type Tx } from '@tenure/platform';
import { Consumers } from '../../apps/worker/src/consumers.js';
import { startTestWorker } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { emptyRedis } from '../support/redis.js';

/** Of these there may be a million; a look that reads one of them whole is one too slow. */
const LARGE = ['identities', 'accounts', 'entitlement_members', 'leave_steps', 'journal'];
/** So many that reading a table whole costs the planner more than a hundred rows by their keys. */
const MANY = 60_000;

describe('E18: a look of a timer', () => {
  let database: TestDatabase;
  let worker: INestApplicationContext;
  beforeAll(async () => {
    database = await createTestDatabase();
    const [tenantId, applicationId] = [newId(), newId()];
    await database.query("INSERT INTO tenants (id, name) VALUES ($1, 'Many')", [tenantId]);
    const at = [tenantId, applicationId];
    await database.query(
      "INSERT INTO applications (tenant_id, id, name, connector, mode, config, mapping, sealed_credentials) VALUES ($1, $2, 'App', 'scim', 'enforce', '{}', '{}', '')",
      at,
    );
    await database.query(
      `INSERT INTO identities (tenant_id, id, state, attributes, lineage, access_version) SELECT $1, gen_random_uuid(), 'active', '{}', '{}', 1 FROM generate_series(1, ${MANY})`,
      [tenantId],
    );
    await database.query('ANALYZE identities');
    await database.query(
      `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at, applied_version, state, remote_id)
       SELECT $1, id, $2, id, 0, '{"enabled": true, "attributes": {}}', now(), 1, 'active', id::text FROM identities WHERE tenant_id = $1`,
      at,
    );
    await database.query('ANALYZE accounts');
    await database.query(
      "INSERT INTO entitlements (tenant_id, id, application_id, kind, name, shard) VALUES ($1, $2, $2, 'group', 'All', 0)",
      at,
    );
    await database.query(
      'INSERT INTO entitlement_members (tenant_id, entitlement_id, account_id, application_id, wanted, held, changed_at) SELECT $1, $2, id, $2, true, true, now() FROM accounts WHERE tenant_id = $1',
      at,
    );
    await database.query(
      `INSERT INTO leave_steps (tenant_id, id, account_id, application_id, episode, kind, position, reason, due_at)
       SELECT $1, gen_random_uuid(), id, $2, gen_random_uuid(), 'delete', 1, 'left', now() + interval '30 days' FROM accounts WHERE tenant_id = $1`,
      at,
    );
    await database.query(
      `INSERT INTO journal (tenant_id, id, at, actor, door, verb, subject_kind, subject_id, revision, digest, position)
       SELECT $1, gen_random_uuid(), now(), 'spec', 'admin', 'spec', 'account', id, 1, '', row_number() OVER () FROM accounts WHERE tenant_id = $1`,
      [tenantId],
    );
    await database.query('ANALYZE');
    worker = await startTestWorker(database, await emptyRedis(), createLog('worker', 'silent'));
  });
  afterAll(async () => {
    await worker.close();
    await database.drop();
  });

  /** The plans of what a look asks. */
  async function plansOf(run: (tx: Tx) => Promise<unknown>): Promise<string[]> {
    const plans: string[] = [];
    await worker.get(Database).asSystem(async (tx) => {
      const explained: Tx = {
        ...tx,
        query: async <Row extends object>(sql: string, params: readonly unknown[] = []) => {
          if (/^\s*(SELECT|WITH|UPDATE)/.test(sql)) {
            const lines = await tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, params);
            plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
          }
          return tx.query<Row>(sql, params);
        },
      };
      await run(explained);
    });
    return plans;
  }

  it('reads none of the large tables whole', async () => {
    const looks = worker.get(Consumers).looks();
    expect(looks.length).toBeGreaterThan(20);
    const whole: string[] = [];
    for (const { name, run } of looks)
      for (const plan of await plansOf(run))
        for (const table of LARGE)
          if (new RegExp(`Seq Scan on ${table}\\b`).test(plan)) whole.push(`${name}: ${table}\n${plan}`);
    expect(whole).toEqual([]);
  });
});
