import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Whom a user names as manager by the id of another user, and the employee number by which identities know that one. */
export class AddScimManagers1764600001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE scim_managers (
        tenant_id uuid NOT NULL,
        record_id uuid NOT NULL,
        source_id uuid NOT NULL,
        manager_id uuid NOT NULL,
        number text,
        looked_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, record_id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE INDEX scim_managers_of ON scim_managers (tenant_id, manager_id);
      CREATE INDEX scim_managers_unknown ON scim_managers (looked_at) WHERE number IS NULL`);
    await protectTenantTable(q, 'scim_managers', { system: 'SELECT, UPDATE (looked_at)' });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE scim_managers');
  }
}
