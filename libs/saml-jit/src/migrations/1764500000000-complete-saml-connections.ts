import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Everything that a connection is set up with, keys of its own, and the sessions that a logout at the IdP ends. */
export class CompleteSamlConnections1764500000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE saml_connections
        DROP COLUMN sealed_key,
        DROP COLUMN certificate,
        ADD COLUMN slo_response_url text,
        ADD COLUMN sign_requests boolean NOT NULL DEFAULT false,
        ADD COLUMN name_id_format text,
        ADD COLUMN force_authn boolean NOT NULL DEFAULT false,
        ADD COLUMN authn_context jsonb,
        ADD COLUMN idp_initiated boolean NOT NULL DEFAULT false,
        ADD COLUMN encryption text NOT NULL DEFAULT 'optional' CHECK (encryption IN ('off', 'optional', 'required')),
        ADD COLUMN metadata_url text,
        ADD COLUMN refresh_due_at timestamptz,
        ADD COLUMN refreshed_at timestamptz,
        ADD COLUMN refresh_failures int NOT NULL DEFAULT 0,
        ADD COLUMN refresh_error text,
        ADD COLUMN warn_at timestamptz,
        ADD COLUMN metadata_read_at timestamptz,
        ADD COLUMN login_begun_at timestamptz,
        ADD COLUMN disabled_at timestamptz,
        ADD COLUMN deleted_at timestamptz,
        ADD COLUMN created_at timestamptz NOT NULL DEFAULT clock_timestamp();
      UPDATE saml_connections SET warn_at = clock_timestamp(),
        certificates = (SELECT jsonb_agg(jsonb_build_object('pem', pem)) FROM jsonb_array_elements_text(certificates) AS pem);
      CREATE UNIQUE INDEX saml_connections_by_id ON saml_connections (id);
      CREATE INDEX saml_connections_refresh ON saml_connections (refresh_due_at) WHERE refresh_due_at IS NOT NULL;
      CREATE INDEX saml_connections_warn ON saml_connections (warn_at) WHERE warn_at IS NOT NULL;
      CREATE POLICY of_search ON saml_connections FOR SELECT TO tenure_search USING (true);
      GRANT SELECT ON saml_connections TO tenure_search;
      GRANT UPDATE (refresh_due_at) ON saml_connections TO tenure_system;
      CREATE TABLE saml_keys (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        id uuid NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('signing', 'encryption')),
        state text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'retired')),
        sealed_key bytea,
        certificate text NOT NULL,
        warned_days int,
        created_at timestamptz NOT NULL,
        activated_at timestamptz,
        retired_at timestamptz,
        PRIMARY KEY (tenant_id, connection_id, id),
        FOREIGN KEY (tenant_id, connection_id) REFERENCES saml_connections (tenant_id, id));
      CREATE UNIQUE INDEX saml_keys_active ON saml_keys (tenant_id, connection_id, purpose) WHERE state = 'active';
      CREATE UNIQUE INDEX saml_keys_next ON saml_keys (tenant_id, connection_id, purpose) WHERE state = 'next';
      CREATE TABLE saml_subjects (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        name_id text NOT NULL,
        attributes jsonb NOT NULL,
        PRIMARY KEY (tenant_id, connection_id, name_id),
        FOREIGN KEY (tenant_id, connection_id) REFERENCES saml_connections (tenant_id, id));
      CREATE INDEX sessions_of_login ON sessions (tenant_id, connection_id, name_id) WHERE ended_at IS NULL`);
    await protectTenantTable(q, 'saml_keys');
    await protectTenantTable(q, 'saml_subjects');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX sessions_of_login;
      DROP TABLE saml_subjects, saml_keys;
      REVOKE UPDATE (refresh_due_at) ON saml_connections FROM tenure_system;
      REVOKE SELECT ON saml_connections FROM tenure_search;
      DROP POLICY of_search ON saml_connections;
      DROP INDEX saml_connections_by_id, saml_connections_refresh, saml_connections_warn;
      UPDATE saml_connections SET certificates = (SELECT jsonb_agg(one -> 'pem') FROM jsonb_array_elements(certificates) AS one);
      ALTER TABLE saml_connections
        DROP COLUMN slo_response_url, DROP COLUMN sign_requests, DROP COLUMN name_id_format, DROP COLUMN force_authn,
        DROP COLUMN authn_context, DROP COLUMN idp_initiated, DROP COLUMN encryption, DROP COLUMN metadata_url,
        DROP COLUMN refresh_due_at, DROP COLUMN refreshed_at, DROP COLUMN refresh_failures, DROP COLUMN refresh_error,
        DROP COLUMN warn_at, DROP COLUMN metadata_read_at, DROP COLUMN login_begun_at, DROP COLUMN disabled_at,
        DROP COLUMN deleted_at, DROP COLUMN created_at,
        ADD COLUMN sealed_key bytea,
        ADD COLUMN certificate text`);
  }
}
