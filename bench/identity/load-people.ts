import { atLength, type Bench } from './bench.js';

const SLICE = 50_000;

/** Departments, countries and titles, so that conditions have something to tell apart. */
const ATTRIBUTES = `jsonb_build_object(
  'employeeNumber', 'E' || g, 'userName', 'user' || g || '@example.com', 'email', 'user' || g || '@example.com',
  'givenName', 'Given' || (g % 977), 'familyName', 'Family' || (g % 4999), 'displayName', 'Given' || (g % 977) || ' Family' || (g % 4999),
  'department', 'Department ' || (g % 50), 'title', 'Title ' || (g % 200), 'country', (ARRAY['DE', 'FR', 'IT', 'US', 'GB'])[1 + g % 5],
  'employmentType', CASE WHEN g % 10 = 0 THEN 'contractor' ELSE 'employee' END, 'location', 'Site ' || (g % 30),
  'startDate', '2020-01-01', 'custom', jsonb_build_object('costCenter', 'CC-' || (g % 100)))`;

/** An id of the form of version 7 that grows with `g`, as the product's own do. */
const ID = `('01900000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid`;

/** Fills a tenant with people `g` from `from` to `to`, whose access was computed or is to be. */
export async function loadPeople(
  bench: Bench,
  tenantId: string,
  from: number,
  to: number,
  access: 'computed' | 'behind' = 'computed',
): Promise<void> {
  for (let first = from; first <= to; first += SLICE) {
    await atLength(bench, tenantId, (tx) =>
      tx.query(
        `INSERT INTO identities (tenant_id, id, state, attributes, lineage, user_name, user_name_key, email, email_key, employee_number,
           display_name, department, name_key, family_name_key, version, access_version, changed_fields, state_since)
         SELECT $1, ${ID}, 'active', ${ATTRIBUTES}, '{}', 'user' || g || '@example.com', 'user' || g || '@example.com',
           'user' || g || '@example.com', 'user' || g || '@example.com', 'E' || g, 'Given' || (g % 977) || ' Family' || (g % 4999),
           'Department ' || (g % 50), 'family' || (g % 4999) || ' given' || (g % 977), 'family' || (g % 4999), 1, $4::int, ARRAY['*'], clock_timestamp()
         FROM generate_series($2::int, $3::int) AS g`,
        [tenantId, first, Math.min(to, first + SLICE - 1), access === 'computed' ? 1 : 0],
      ),
    );
  }
}

/** Gives people a record of a source which says that they start today, and makes them due now. */
export async function loadDue(
  bench: Bench,
  tenantId: string,
  sourceId: string,
  from: number,
  to: number,
): Promise<void> {
  await atLength(bench, tenantId, async (tx) => {
    await tx.query(
      `INSERT INTO source_records (tenant_id, id, source_id, key, attributes, field_times, identity_id)
       SELECT $1, gen_random_uuid(), $2, 'E' || g, ${ATTRIBUTES} || '{"status": "active"}', '{}', ${ID} FROM generate_series($3::int, $4::int) AS g`,
      [tenantId, sourceId, from, to],
    );
    await tx.query(
      `UPDATE identities SET state = 'staged', due_at = clock_timestamp() WHERE tenant_id = $1
         AND id BETWEEN (SELECT ${ID} FROM (SELECT $2::int AS g) f) AND (SELECT ${ID} FROM (SELECT $3::int AS g) t)`,
      [tenantId, from, to],
    );
  });
}
