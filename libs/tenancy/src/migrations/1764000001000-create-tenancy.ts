import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Tenants, their admins, API keys, sessions, and the answers kept for repeated Idempotency-Keys. */
export class CreateTenancy1764000001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE tenants (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        policy_epoch bigint NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE TABLE admins (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        email text NOT NULL,
        password_hash text NOT NULL,
        role text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'auditor', 'helpdesk')),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, email));
      CREATE TABLE api_keys (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        name text NOT NULL,
        key_hash bytea NOT NULL UNIQUE,
        role text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'auditor', 'helpdesk')),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_used_at timestamptz,
        expires_at timestamptz,
        revoked_at timestamptz,
        PRIMARY KEY (tenant_id, id));
      CREATE TABLE sessions (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        token_hash bytea NOT NULL UNIQUE,
        identity_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        name_id text NOT NULL,
        session_index text,
        created_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        PRIMARY KEY (tenant_id, id));
      CREATE INDEX sessions_of_identity ON sessions (tenant_id, identity_id) WHERE ended_at IS NULL;
      CREATE TABLE idempotent_answers (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        principal text NOT NULL,
        key text NOT NULL,
        request_digest bytea NOT NULL,
        status int,
        body jsonb,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, principal, key))`);
    await protectTenantTable(q, 'tenants', { app: 'SELECT, UPDATE', system: 'SELECT, INSERT', column: 'id' });
    await protectTenantTable(q, 'admins');
    await protectTenantTable(q, 'api_keys', { system: 'SELECT, UPDATE (last_used_at)' });
    await protectTenantTable(q, 'sessions', { system: 'SELECT, UPDATE (last_seen_at)' });
    await protectTenantTable(q, 'idempotent_answers');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE idempotent_answers, sessions, api_keys, admins, tenants');
  }
}
