import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/**
 * Keys to correlate by, what is disputed or missing in a record, overrides, statements of the future, and what waits for a
 * person: cases and holds.
 */
export class CompleteIdentities1764200002000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE sources ADD COLUMN retired_at timestamptz;
      ALTER TABLE source_records
        ADD COLUMN disputed jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN missing_since timestamptz,
        ADD COLUMN missing_hold uuid;
      ALTER TABLE identities
        ADD COLUMN name_key text,
        ADD COLUMN family_name_key text,
        ADD COLUMN protected_reason text,
        ADD COLUMN merged_into uuid,
        ADD COLUMN manager_cycle boolean NOT NULL DEFAULT false,
        ADD COLUMN state_since timestamptz,
        ADD COLUMN state_reason jsonb,
        ADD COLUMN changed_fields text[] NOT NULL DEFAULT '{*}',
        ADD COLUMN access_due_at timestamptz;
      CREATE INDEX identities_by_name ON identities (tenant_id, name_key) WHERE name_key IS NOT NULL;
      CREATE INDEX identities_by_family_name ON identities (tenant_id, family_name_key) WHERE family_name_key IS NOT NULL;
      CREATE INDEX identities_by_manager_number ON identities (tenant_id, manager_number) WHERE manager_number IS NOT NULL;
      CREATE INDEX identities_access_due ON identities (access_due_at) WHERE access_due_at IS NOT NULL;
      CREATE INDEX source_records_unresolved ON source_records (tenant_id, id) WHERE unresolved IS NOT NULL;
      CREATE TABLE identity_keys (
        tenant_id uuid NOT NULL,
        name text NOT NULL,
        value text NOT NULL,
        identity_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, name, value, identity_id),
        FOREIGN KEY (tenant_id, identity_id) REFERENCES identities (tenant_id, id));
      CREATE INDEX identity_keys_of_identity ON identity_keys (tenant_id, identity_id);
      CREATE TABLE overrides (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        identity_id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ('active', 'on_leave', 'suspended', 'terminated')),
        reason text NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz,
        created_by text NOT NULL,
        ended_at timestamptz,
        ended_by text,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, identity_id) REFERENCES identities (tenant_id, id));
      CREATE UNIQUE INDEX overrides_one_open ON overrides (tenant_id, identity_id) WHERE ended_at IS NULL;
      CREATE TABLE scheduled_statements (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        key text NOT NULL,
        effective_at timestamptz NOT NULL,
        person jsonb NOT NULL,
        actor text NOT NULL,
        door text NOT NULL,
        state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'applied', 'cancelled', 'failed')),
        reason text,
        received_at timestamptz NOT NULL,
        settled_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE INDEX scheduled_statements_due ON scheduled_statements (effective_at) WHERE state = 'due';
      CREATE INDEX scheduled_statements_of_record ON scheduled_statements (tenant_id, source_id, key) WHERE state IN ('due', 'failed');
      CREATE TABLE cases (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        kind text NOT NULL,
        subject_id uuid NOT NULL,
        topic text NOT NULL DEFAULT '',
        reason text NOT NULL,
        details jsonb NOT NULL DEFAULT '{}',
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved', 'dismissed')),
        opened_at timestamptz NOT NULL,
        closed_at timestamptz,
        closed_by text,
        resolution jsonb,
        PRIMARY KEY (tenant_id, id));
      CREATE UNIQUE INDEX cases_one_open ON cases (tenant_id, kind, subject_id, topic) WHERE state = 'open';
      CREATE INDEX cases_of_subject ON cases (tenant_id, subject_id);
      CREATE TABLE holds (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        kind text NOT NULL,
        subject_id uuid NOT NULL,
        reason text NOT NULL,
        effect jsonb NOT NULL,
        action jsonb NOT NULL,
        state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released', 'rejected', 'superseded')),
        held_at timestamptz NOT NULL,
        held_for text NOT NULL,
        decided_at timestamptz,
        decided_by text,
        decision_reason text,
        PRIMARY KEY (tenant_id, id));
      CREATE UNIQUE INDEX holds_one_open ON holds (tenant_id, kind, subject_id) WHERE state = 'held';
      CREATE TABLE settlements (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        cause uuid,
        phase text NOT NULL DEFAULT 'identities' CHECK (phase IN ('identities', 'records')),
        cursor uuid,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        done_at timestamptz,
        PRIMARY KEY (tenant_id, id));
      CREATE INDEX settlements_open ON settlements (started_at) WHERE done_at IS NULL`);
    await protectTenantTable(q, 'identity_keys');
    await protectTenantTable(q, 'overrides');
    await protectTenantTable(q, 'scheduled_statements');
    await protectTenantTable(q, 'cases', { searchable: true });
    await protectTenantTable(q, 'holds', { searchable: true });
    await protectTenantTable(q, 'settlements');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP TABLE settlements, holds, cases, scheduled_statements, overrides, identity_keys;
      DROP INDEX source_records_unresolved;
      ALTER TABLE identities DROP COLUMN name_key, DROP COLUMN family_name_key, DROP COLUMN protected_reason, DROP COLUMN merged_into,
        DROP COLUMN manager_cycle, DROP COLUMN state_since, DROP COLUMN state_reason, DROP COLUMN changed_fields, DROP COLUMN access_due_at;
      DROP INDEX identities_by_manager_number;
      ALTER TABLE source_records DROP COLUMN disputed, DROP COLUMN missing_since, DROP COLUMN missing_hold;
      ALTER TABLE sources DROP COLUMN retired_at`);
  }
}
