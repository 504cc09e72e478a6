import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** SAML connections, and the rows that make a request and an assertion good for one login only. */
export class CreateSaml1764000008000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE saml_connections (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        idp_entity_id text NOT NULL,
        sso_url text NOT NULL,
        slo_url text,
        certificates jsonb NOT NULL,
        want_signed text NOT NULL CHECK (want_signed IN ('both', 'assertion', 'response')),
        clock_skew_ms int NOT NULL DEFAULT 60000,
        sealed_key bytea,
        certificate text,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, id) REFERENCES sources (tenant_id, id));
      CREATE TABLE saml_requests (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        request_id text NOT NULL,
        browser_hash bytea NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, connection_id, request_id),
        FOREIGN KEY (tenant_id, connection_id) REFERENCES saml_connections (tenant_id, id));
      CREATE INDEX saml_requests_old ON saml_requests (created_at);
      CREATE TABLE saml_assertions (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        assertion_id text NOT NULL,
        remember_until timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, connection_id, assertion_id),
        FOREIGN KEY (tenant_id, connection_id) REFERENCES saml_connections (tenant_id, id));
      CREATE INDEX saml_assertions_old ON saml_assertions (remember_until)`);
    await protectTenantTable(q, 'saml_connections');
    await protectTenantTable(q, 'saml_requests', { system: 'SELECT, DELETE' });
    await protectTenantTable(q, 'saml_assertions', { system: 'SELECT, DELETE' });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE saml_assertions, saml_requests, saml_connections');
  }
}
