import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rules remember by what keys were chosen before, and leave to the tenant whether whoever is on leave may log in. */
export class AddLoginDefaults1764700000002 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE saml_rules ADD COLUMN former_keys jsonb NOT NULL DEFAULT '[]';
      UPDATE saml_rules SET former_keys = '["nameId"]' WHERE rules -> 'key' <> '"nameId"';
      UPDATE saml_rules SET rules = jsonb_set(rules, '{admit,onLeave}', 'null') WHERE rules #> '{admit,onLeave}' = 'true'`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      UPDATE saml_rules SET rules = jsonb_set(rules, '{admit,onLeave}', 'true') WHERE rules #> '{admit,onLeave}' = 'null';
      ALTER TABLE saml_rules DROP COLUMN former_keys`);
  }
}
