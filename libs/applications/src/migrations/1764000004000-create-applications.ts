import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Applications, what they can grant, and per person what is desired, applied and observed there. */
export class CreateApplications1764000004000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE applications (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        name text NOT NULL,
        connector text NOT NULL,
        mode text NOT NULL CHECK (mode IN ('observe', 'add_only', 'enforce')),
        config jsonb NOT NULL,
        sealed_credentials bytea NOT NULL,
        mapping jsonb NOT NULL,
        mapping_version int NOT NULL DEFAULT 1,
        shards smallint NOT NULL DEFAULT 4,
        concurrency smallint NOT NULL DEFAULT 32,
        quarantined_until timestamptz,
        quarantine_reason text,
        quarantine_tries int NOT NULL DEFAULT 0,
        paused_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, name));
      CREATE TABLE accounts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        application_id uuid NOT NULL,
        identity_id uuid NOT NULL,
        shard smallint NOT NULL,
        desired jsonb NOT NULL,
        desired_version bigint NOT NULL DEFAULT 1,
        desired_at timestamptz NOT NULL,
        cause uuid,
        applied jsonb,
        applied_version bigint NOT NULL DEFAULT 0,
        applied_at timestamptz,
        observed jsonb,
        observed_at timestamptz,
        remote_id text,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'active', 'disabled', 'withheld', 'failed')),
        runnable boolean NOT NULL DEFAULT true,
        priority smallint NOT NULL DEFAULT 5,
        due_at timestamptz NOT NULL DEFAULT '-infinity',
        attempts int NOT NULL DEFAULT 0,
        look_first boolean NOT NULL DEFAULT false,
        error jsonb,
        plan jsonb,
        lease_until timestamptz,
        fence bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, application_id, identity_id),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id),
        FOREIGN KEY (tenant_id, identity_id) REFERENCES identities (tenant_id, id));
      CREATE INDEX accounts_of_identity ON accounts (tenant_id, identity_id);
      CREATE UNIQUE INDEX accounts_by_remote_id ON accounts (tenant_id, application_id, remote_id) WHERE remote_id IS NOT NULL;
      CREATE INDEX accounts_runnable ON accounts (tenant_id, application_id, shard, priority, due_at)
        WHERE applied_version < desired_version AND runnable;
      CREATE INDEX accounts_behind ON accounts (due_at) WHERE applied_version < desired_version AND runnable;
      CREATE INDEX accounts_leased ON accounts (tenant_id, application_id, shard) WHERE lease_until IS NOT NULL;
      CREATE INDEX accounts_failed ON accounts (tenant_id, application_id) WHERE state = 'failed';
      CREATE TABLE entitlements (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        application_id uuid NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        shard smallint NOT NULL,
        remote_id text,
        state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'withheld', 'failed')),
        runnable boolean NOT NULL DEFAULT true,
        due_at timestamptz NOT NULL DEFAULT '-infinity',
        attempts int NOT NULL DEFAULT 0,
        error jsonb,
        lease_until timestamptz,
        fence bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, application_id, kind, name),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id));
      CREATE TABLE entitlement_members (
        tenant_id uuid NOT NULL,
        entitlement_id uuid NOT NULL,
        account_id uuid NOT NULL,
        application_id uuid NOT NULL,
        wanted boolean NOT NULL,
        held boolean DEFAULT false,
        priority smallint NOT NULL DEFAULT 5,
        version bigint NOT NULL DEFAULT 1,
        changed_at timestamptz NOT NULL,
        applied_at timestamptz,
        cause uuid,
        runnable boolean NOT NULL DEFAULT true,
        error jsonb,
        PRIMARY KEY (tenant_id, entitlement_id, account_id),
        FOREIGN KEY (tenant_id, entitlement_id) REFERENCES entitlements (tenant_id, id),
        FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id));
      CREATE INDEX entitlement_members_of_account ON entitlement_members (tenant_id, account_id);
      CREATE INDEX entitlement_members_behind ON entitlement_members (tenant_id, application_id, entitlement_id, priority)
        WHERE wanted IS DISTINCT FROM held AND runnable`);
    await protectTenantTable(q, 'applications', { system: 'SELECT' });
    await protectTenantTable(q, 'accounts', { searchable: true });
    await protectTenantTable(q, 'entitlements');
    await protectTenantTable(q, 'entitlement_members');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE entitlement_members, entitlements, accounts, applications');
  }
}
