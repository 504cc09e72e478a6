import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How an IdP takes our requests: some take forms only. */
export class AddSamlBindings1764700000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE saml_connections
        ADD COLUMN sso_binding text NOT NULL DEFAULT 'HTTP-Redirect' CHECK (sso_binding IN ('HTTP-Redirect', 'HTTP-POST')),
        ADD COLUMN slo_binding text NOT NULL DEFAULT 'HTTP-Redirect' CHECK (slo_binding IN ('HTTP-Redirect', 'HTTP-POST'))`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE saml_connections DROP COLUMN sso_binding, DROP COLUMN slo_binding');
  }
}
