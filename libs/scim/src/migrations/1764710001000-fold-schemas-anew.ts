import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Schemas by which what was written before them is still to be read; a row per schema. */
export class FoldSchemasAnew1764710001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE scim_refoldings (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        schema_id uuid NOT NULL,
        started_at timestamptz NOT NULL,
        cursor uuid,
        passed_at timestamptz,
        done_at timestamptz,
        twice int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, schema_id));
      CREATE INDEX scim_refoldings_open ON scim_refoldings (started_at) WHERE done_at IS NULL`);
    await protectTenantTable(q, 'scim_refoldings', { system: 'SELECT' });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE scim_refoldings');
  }
}
