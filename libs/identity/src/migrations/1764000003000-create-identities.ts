import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/**
 * Sources, what they say of people, and the people. Keys are stored normalised and compared with `=`: under a
 * row-level policy, lower() and ->> cannot use an index.
 */
export class CreateIdentities1764000003000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE sources (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('admin', 'hrms', 'csv', 'scim', 'saml')),
        name text NOT NULL,
        vendor text,
        mapping jsonb NOT NULL DEFAULT '{}',
        rank smallint NOT NULL,
        token_hash bytea UNIQUE,
        sealed_secret bytea,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, id));
      CREATE TABLE identities (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ('staged', 'active', 'on_leave', 'suspended', 'terminated', 'purged')),
        attributes jsonb NOT NULL,
        lineage jsonb NOT NULL,
        user_name text,
        user_name_key text,
        email text,
        email_key text,
        employee_number text,
        display_name text,
        department text,
        manager_number text,
        manager_id uuid,
        is_manager boolean NOT NULL DEFAULT false,
        due_at timestamptz,
        version bigint NOT NULL DEFAULT 1,
        access_version bigint NOT NULL DEFAULT 0,
        urgent boolean NOT NULL DEFAULT false,
        cause uuid,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        behind_since timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, id));
      CREATE INDEX identities_by_user_name ON identities (tenant_id, user_name_key);
      CREATE INDEX identities_by_email ON identities (tenant_id, email_key);
      CREATE INDEX identities_by_employee_number ON identities (tenant_id, employee_number) WHERE employee_number IS NOT NULL;
      CREATE INDEX identities_by_manager ON identities (tenant_id, manager_id) WHERE manager_id IS NOT NULL;
      CREATE INDEX identities_awaiting_manager ON identities (tenant_id, manager_number) WHERE manager_id IS NULL AND manager_number IS NOT NULL;
      CREATE INDEX identities_behind ON identities (behind_since) INCLUDE (urgent) WHERE access_version < version;
      CREATE INDEX identities_due ON identities (due_at) WHERE due_at IS NOT NULL;
      CREATE TABLE source_records (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        key text NOT NULL,
        version int NOT NULL DEFAULT 1,
        attributes jsonb NOT NULL,
        field_times jsonb NOT NULL,
        raw jsonb,
        external_id text,
        user_name_key text,
        identity_id uuid,
        unresolved text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        deleted_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, source_id, key),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id),
        FOREIGN KEY (tenant_id, identity_id) REFERENCES identities (tenant_id, id));
      CREATE UNIQUE INDEX source_records_by_user_name ON source_records (tenant_id, source_id, user_name_key)
        WHERE user_name_key IS NOT NULL AND deleted_at IS NULL;
      CREATE INDEX source_records_by_external_id ON source_records (tenant_id, source_id, external_id) WHERE external_id IS NOT NULL;
      CREATE INDEX source_records_of_identity ON source_records (tenant_id, identity_id) WHERE identity_id IS NOT NULL`);
    await protectTenantTable(q, 'sources');
    await protectTenantTable(q, 'identities', { system: 'SELECT', searchable: true });
    await protectTenantTable(q, 'source_records', { searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE source_records, identities, sources');
  }
}
