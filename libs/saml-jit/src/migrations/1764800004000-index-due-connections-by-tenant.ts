import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Timers take what is due tenant by tenant. */
export class IndexDueConnectionsByTenant1764800004000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX saml_connections_refresh, saml_connections_warn;
      CREATE INDEX saml_connections_refresh ON saml_connections (tenant_id, refresh_due_at) WHERE refresh_due_at IS NOT NULL;
      CREATE INDEX saml_connections_warn ON saml_connections (tenant_id, warn_at) WHERE warn_at IS NOT NULL`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX saml_connections_refresh, saml_connections_warn;
      CREATE INDEX saml_connections_refresh ON saml_connections (refresh_due_at) WHERE refresh_due_at IS NOT NULL;
      CREATE INDEX saml_connections_warn ON saml_connections (warn_at) WHERE warn_at IS NOT NULL`);
  }
}
