import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Rules of what a connection's logins become, what was refused and why, and tries. */
export class AddLoginRules1764510000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE saml_rules (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        version int NOT NULL DEFAULT 1,
        rules jsonb NOT NULL,
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, connection_id),
        FOREIGN KEY (tenant_id, connection_id) REFERENCES saml_connections (tenant_id, id) ON DELETE CASCADE);
      CREATE UNIQUE INDEX saml_rules_by_connection ON saml_rules (connection_id);
      CREATE TABLE saml_refusals (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        connection_id uuid NOT NULL,
        support_code text NOT NULL,
        code text NOT NULL,
        reason text NOT NULL,
        verified boolean NOT NULL,
        times int NOT NULL DEFAULT 1,
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        message text,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, connection_id) REFERENCES saml_connections (tenant_id, id) ON DELETE CASCADE);
      CREATE INDEX saml_refusals_newest ON saml_refusals (tenant_id, connection_id, verified, id DESC);
      CREATE INDEX saml_refusals_by_support_code ON saml_refusals (tenant_id, connection_id, support_code);
      CREATE INDEX saml_refusals_old ON saml_refusals (last_at);
      CREATE TABLE saml_tests (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        connection_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        browser_hash bytea,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'passed', 'refused')),
        result jsonb,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, connection_id) REFERENCES saml_connections (tenant_id, id) ON DELETE CASCADE);
      CREATE INDEX saml_tests_of_connection ON saml_tests (tenant_id, connection_id, id DESC);
      CREATE INDEX saml_tests_old ON saml_tests (expires_at)`);
    await protectTenantTable(q, 'saml_rules');
    await protectTenantTable(q, 'saml_refusals', { system: 'SELECT, DELETE', searchable: true });
    await protectTenantTable(q, 'saml_tests', { system: 'SELECT, DELETE', searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE saml_tests, saml_refusals, saml_rules');
  }
}
