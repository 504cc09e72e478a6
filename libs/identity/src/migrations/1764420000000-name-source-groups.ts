import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** The groups that sources have, for whoever follows them. */
export class NameSourceGroups1764420000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE source_groups (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        name text NOT NULL,
        deleted_at timestamptz,
        untold boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE INDEX source_groups_of_source ON source_groups (tenant_id, source_id, name);
      CREATE INDEX source_groups_untold ON source_groups (tenant_id, id) WHERE untold`);
    await protectTenantTable(q, 'source_groups', { searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE source_groups');
  }
}
