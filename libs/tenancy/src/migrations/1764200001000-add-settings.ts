import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** What a tenant has set, by section, and the switch that stops all writing into its applications. */
export class AddSettings1764200001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE tenants ADD COLUMN stopped_at timestamptz, ADD COLUMN stop_reason text;
      CREATE TABLE settings (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        section text NOT NULL,
        version int NOT NULL,
        value jsonb NOT NULL,
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, section))`);
    await protectTenantTable(q, 'settings');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE settings; ALTER TABLE tenants DROP COLUMN stopped_at, DROP COLUMN stop_reason');
  }
}
