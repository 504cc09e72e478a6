import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** What got through to each application lately and what did not: several workers judge together. */
export class CreateApplicationHealth1764301000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE application_health (
        tenant_id uuid NOT NULL,
        application_id uuid NOT NULL,
        started_at timestamptz NOT NULL,
        through int NOT NULL,
        failed int NOT NULL,
        before_through int NOT NULL,
        before_failed int NOT NULL,
        PRIMARY KEY (tenant_id, application_id),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE)
      WITH (fillfactor = 50)`);
    await protectTenantTable(q, 'application_health');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE application_health');
  }
}
