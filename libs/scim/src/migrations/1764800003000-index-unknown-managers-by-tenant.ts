import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Timers take what is due tenant by tenant. */
export class IndexUnknownManagersByTenant1764800003000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX scim_managers_unknown;
      CREATE INDEX scim_managers_unknown ON scim_managers (tenant_id, looked_at) WHERE number IS NULL`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX scim_managers_unknown;
      CREATE INDEX scim_managers_unknown ON scim_managers (looked_at) WHERE number IS NULL`);
  }
}
