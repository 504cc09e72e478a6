import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, newId } from '@tenure/platform';
import { CompleteScim1764400000000 } from '@tenure/scim';
import { MIGRATIONS } from '@tenure/schema';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';

describe('the upgrade to groups, filters and unique externalIds', () => {
  let sql: TestDatabase;
  beforeAll(async () => {
    sql = await createEmptyDatabase();
    const before = MIGRATIONS.slice(0, MIGRATIONS.indexOf(CompleteScim1764400000000));
    await migrate(sql.ownerUrl, before);
  });
  afterAll(() => sql.drop());

  it('folds what was written before, and leaves externalIds as clients gave them', async () => {
    const [tenantId, sourceId] = [newId(), newId()];
    const users = Array.from({ length: 3 }, (_, n) => ({ id: newId(), n }));
    await sql.query('INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, now())', [tenantId, 'Old']);
    await sql.query(
      `INSERT INTO sources (tenant_id, id, kind, name, rank, created_at) VALUES ($1, $2, 'scim', 'IdP', 1, now())`,
      [tenantId, sourceId],
    );
    for (const { id, n } of users)
      await sql.query(
        `INSERT INTO source_records (tenant_id, id, source_id, key, version, attributes, field_times, raw, external_id, created_at, updated_at)
         VALUES ($1, $2::uuid, $3, $2::text, 1, '{}', '{}', $4, $5, now(), now())`,
        [tenantId, id, sourceId, JSON.stringify({ userName: `U${n}`, externalId: 'x' }), n < 2 ? 'x' : 'y'],
      );
    await migrate(sql.ownerUrl, MIGRATIONS);
    const rows = await sql.query(
      `SELECT external_id, folded ->> 'username' AS name, raw ->> 'externalId' AS raw FROM source_records ORDER BY id`,
    );
    expect(rows).toEqual([
      { external_id: 'x', name: 'u0', raw: 'x' },
      { external_id: 'x', name: 'u1', raw: 'x' },
      { external_id: 'y', name: 'u2', raw: 'x' },
    ]);
    expect(await sql.query('SELECT kind, subject_id, details, state FROM cases')).toEqual([
      { kind: 'external_id_twice', subject_id: users[1]?.id, details: { externalId: 'x' }, state: 'resolved' },
    ]);
  });
});
