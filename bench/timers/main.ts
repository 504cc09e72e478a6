import { setTimeout as pause } from 'node:timers/promises';
import { configFromEnvironment, createLog, Database } from '@tenure/platform';
import { Consumers } from '../../apps/worker/src/consumers.js';
import { createWorker } from '../../apps/worker/src/create-worker.js';
import { figure, openBench, report, spread } from '../identity/bench.js';

// What each look of the worker's timers costs the database when nothing is due, among many people, accounts and memberships.
const PEOPLE = Number(process.env.BENCH_PEOPLE ?? 1_000_000);
const TENANTS = 20;
const LOOKS = 40;
const GOAL_MS = 5;

const bench = await openBench();
await bench.owner.query('SET statement_timeout = 0; SET synchronous_commit = off');
report(`loading ${PEOPLE.toLocaleString('en')} people of ${TENANTS} tenants, one of them with most …`);
for (let nth = 0; nth < TENANTS; nth += 1) {
  const tenantId = await bench.tenant(`tenant ${nth}`);
  await load(tenantId, nth === 0 ? Math.round(PEOPLE * 0.9) : Math.round((PEOPLE * 0.1) / (TENANTS - 1)));
}
await bench.owner.query('VACUUM ANALYZE');

const app = await createWorker(configFromEnvironment(), createLog('bench', 'error'));
const looks = app.get(Consumers).looks();
// Caches and plans of the worker's own looks.
await pause(3_000);
for (const { name, run } of looks) {
  // A step of its own for each slice; it looks once in a minute.
  if (name === 'evidence') continue;
  const database = app.get(Database);
  figure(name, `≤ ${GOAL_MS} ms`, await spread(LOOKS, () => database.asSystem<unknown>(run)), 'one look, nothing due');
}
await app.close();
await bench.close();
process.exit(0);

/** People with an account each in one of three applications, half of them in a group; every fourth has steps of a leave ahead. */
async function load(tenantId: string, people: number): Promise<void> {
  const run = (sql: string): Promise<unknown> =>
    bench.owner.query(sql.replaceAll('$t', `'${tenantId}'::uuid`).replaceAll('$n', String(people)));
  await run(`INSERT INTO identities (tenant_id, id, state, attributes, lineage, version, access_version, due_at, access_due_at)
    SELECT $t, gen_random_uuid(), 'active', '{}', '{}', 1, 1, CASE WHEN g % 4 = 0 THEN now() + interval '90 days' END,
      CASE WHEN g % 8 = 0 THEN now() + interval '90 days' END FROM generate_series(1, $n) g`);
  await run(`INSERT INTO applications (tenant_id, id, name, connector, mode, config, mapping, sealed_credentials)
    SELECT $t, gen_random_uuid(), m, 'scim', m, '{}', '{}', '' FROM unnest('{observe,add_only,enforce}'::text[]) m`);
  await run(`INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at, applied_version, state, remote_id, due_at)
    SELECT $t, gen_random_uuid(), p.ids[1 + abs(hashtext(i.id::text)) % 3], i.id, abs(hashtext(i.id::text)) % 4,
      '{"enabled": true, "attributes": {}}', now(), 1, 'active', i.id::text, now()
    FROM identities i, (SELECT array_agg(id) AS ids FROM applications WHERE tenant_id = $t) p WHERE i.tenant_id = $t`);
  await run(`INSERT INTO entitlements (tenant_id, id, application_id, kind, name, shard, remote_id, applied_name)
    SELECT $t, gen_random_uuid(), a.id, 'group', 'Group ' || g, g % 4, 'g' || g, 'Group ' || g FROM applications a, generate_series(1, 50) g WHERE a.tenant_id = $t`);
  await run(`INSERT INTO entitlement_members (tenant_id, entitlement_id, account_id, application_id, wanted, held, changed_at)
    SELECT $t, e.id, a.id, a.application_id, true, true, now() FROM accounts a
    JOIN entitlements e ON e.tenant_id = $t AND e.application_id = a.application_id AND e.name = 'Group ' || (1 + abs(hashtext(a.id::text)) % 50)
    WHERE a.tenant_id = $t AND a.shard < 2`);
  await run(`INSERT INTO leave_steps (tenant_id, id, account_id, application_id, episode, kind, position, reason, due_at)
    SELECT $t, gen_random_uuid(), id, application_id, gen_random_uuid(), 'delete', 7, 'left', now() + interval '30 days' FROM accounts
    WHERE tenant_id = $t AND shard = 3`);
}
