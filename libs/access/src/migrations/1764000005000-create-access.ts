import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Policies with all their versions, the grants that follow from them, and the work of computing everybody anew. */
export class CreateAccess1764000005000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE policies (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        name text NOT NULL,
        latest_version int NOT NULL,
        published_version int,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, name));
      CREATE TABLE policy_versions (
        tenant_id uuid NOT NULL,
        policy_id uuid NOT NULL,
        version int NOT NULL,
        condition text NOT NULL,
        grants jsonb NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, policy_id, version),
        FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id));
      CREATE TABLE grants (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        identity_id uuid NOT NULL,
        application_id uuid NOT NULL,
        entitlement_id uuid,
        policy_id uuid NOT NULL,
        policy_version int NOT NULL,
        cause uuid,
        since timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, identity_id) REFERENCES identities (tenant_id, id),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id),
        FOREIGN KEY (tenant_id, entitlement_id) REFERENCES entitlements (tenant_id, id),
        FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id));
      CREATE UNIQUE INDEX grants_once ON grants (tenant_id, identity_id, policy_id, application_id, entitlement_id) NULLS NOT DISTINCT;
      CREATE TABLE recomputes (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        cause uuid,
        cursor uuid,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        done_at timestamptz,
        PRIMARY KEY (tenant_id, id));
      CREATE INDEX recomputes_open ON recomputes (started_at) WHERE done_at IS NULL`);
    await protectTenantTable(q, 'policies');
    await protectTenantTable(q, 'policy_versions', { app: 'SELECT, INSERT' });
    await protectTenantTable(q, 'grants');
    await protectTenantTable(q, 'recomputes');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE recomputes, grants, policy_versions, policies');
  }
}
