import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An assertion remembers the session that it opened, requests are found by the browser that began them, and a connection
 * keeps what its metadata has that cannot be used.
 */
export class RememberOpenedSessions1764850000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE saml_assertions ADD COLUMN session_id uuid;
      CREATE INDEX saml_requests_of_browser ON saml_requests (tenant_id, connection_id, browser_hash);
      ALTER TABLE saml_connections ADD COLUMN metadata_warnings jsonb NOT NULL DEFAULT '[]'`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE saml_connections DROP COLUMN metadata_warnings;
      DROP INDEX saml_requests_of_browser;
      ALTER TABLE saml_assertions DROP COLUMN session_id`);
  }
}
