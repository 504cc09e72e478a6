import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Resource types of a tenant's own with their resources, values that have to be unique, and choices per source. */
export class AddScimTypes1764600000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE scim_resource_types (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        name text NOT NULL,
        endpoint text NOT NULL,
        name_key text NOT NULL,
        endpoint_key text NOT NULL,
        urn_key text NOT NULL,
        description text NOT NULL,
        definition jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id));
      CREATE UNIQUE INDEX scim_resource_types_one_name ON scim_resource_types (tenant_id, name_key);
      CREATE UNIQUE INDEX scim_resource_types_one_endpoint ON scim_resource_types (tenant_id, endpoint_key);
      CREATE UNIQUE INDEX scim_resource_types_one_urn ON scim_resource_types (tenant_id, urn_key);
      CREATE TABLE scim_resources (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        type_id uuid NOT NULL,
        version int NOT NULL DEFAULT 1,
        external_id text,
        raw jsonb NOT NULL,
        folded jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id),
        FOREIGN KEY (tenant_id, type_id) REFERENCES scim_resource_types (tenant_id, id));
      CREATE INDEX scim_resources_listed ON scim_resources (tenant_id, source_id, type_id, id);
      CREATE INDEX scim_resources_of_type ON scim_resources (tenant_id, type_id);
      CREATE UNIQUE INDEX scim_resources_one_external_id ON scim_resources (tenant_id, source_id, type_id, external_id)
        WHERE external_id IS NOT NULL;
      CREATE TABLE scim_unique_values (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        scope_id uuid NOT NULL,
        path text NOT NULL,
        digest text NOT NULL,
        resource_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, scope_id, path, digest));
      CREATE INDEX scim_unique_values_of ON scim_unique_values (tenant_id, resource_id);
      CREATE TABLE scim_source_options (
        tenant_id uuid NOT NULL,
        source_id uuid NOT NULL,
        public_discovery boolean NOT NULL DEFAULT false,
        requests_per_minute int CHECK (requests_per_minute > 0),
        silent_since timestamptz,
        PRIMARY KEY (tenant_id, source_id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      ALTER TABLE scim_schemas DROP CONSTRAINT scim_schemas_resource_type_check;
      ALTER TABLE source_records NO FORCE ROW LEVEL SECURITY;
      UPDATE source_records SET folded = folded || '{"active": true}' WHERE folded IS NOT NULL AND NOT folded ? 'active';
      ALTER TABLE source_records FORCE ROW LEVEL SECURITY;`);
    await protectTenantTable(q, 'scim_resource_types', { searchable: true });
    await protectTenantTable(q, 'scim_resources', { searchable: true });
    await protectTenantTable(q, 'scim_unique_values');
    await protectTenantTable(q, 'scim_source_options');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DELETE FROM scim_schemas WHERE resource_type NOT IN ('User', 'Group');
      ALTER TABLE scim_schemas ADD CONSTRAINT scim_schemas_resource_type_check CHECK (resource_type IN ('User', 'Group'));
      DROP TABLE scim_source_options, scim_unique_values, scim_resources, scim_resource_types`);
  }
}
