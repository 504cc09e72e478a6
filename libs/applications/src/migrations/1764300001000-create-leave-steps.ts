import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** What follows when an account is disabled; names that are taken; passwords that wait to be handed over; match rules. */
export class CreateLeaveSteps1764300001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE leave_steps (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        account_id uuid NOT NULL,
        application_id uuid NOT NULL,
        episode uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('disable', 'end_sessions', 'remove_entitlements', 'transfer', 'reclaim_licence', 'read_back', 'delete')),
        position smallint NOT NULL,
        reason text NOT NULL CHECK (reason IN ('left', 'suspended', 'lost')),
        state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'unsupported', 'failed', 'skipped', 'cancelled')),
        due_at timestamptz NOT NULL,
        to_identity_id uuid,
        error jsonb,
        note text,
        done_at timestamptz,
        done_by text,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id));
      CREATE UNIQUE INDEX leave_steps_of_account ON leave_steps (tenant_id, account_id, episode, kind);
      CREATE INDEX leave_steps_due ON leave_steps (due_at) WHERE state = 'due';
      CREATE INDEX leave_steps_red ON leave_steps (tenant_id, application_id) WHERE state IN ('unsupported', 'failed');
      CREATE TABLE reservations (
        tenant_id uuid NOT NULL,
        application_id uuid NOT NULL,
        target text NOT NULL,
        key text NOT NULL,
        account_id uuid NOT NULL,
        refused boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant_id, application_id, target, key),
        FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id));
      CREATE INDEX reservations_of_account ON reservations (tenant_id, account_id);
      CREATE TABLE initial_credentials (
        tenant_id uuid NOT NULL,
        account_id uuid NOT NULL,
        sealed bytea,
        created_at timestamptz NOT NULL,
        taken_at timestamptz,
        taken_by text,
        PRIMARY KEY (tenant_id, account_id),
        FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id));
      ALTER TABLE applications
        ADD COLUMN match text[] NOT NULL DEFAULT '{}',
        ADD COLUMN initial_credential jsonb;
      -- Timers of all tenants let accounts go on that wait no more, and see steps come due.
      GRANT UPDATE (owed, priority, due_at, runnable, state, note) ON accounts TO tenure_system`);
    await protectTenantTable(q, 'leave_steps', { searchable: true });
    await protectTenantTable(q, 'reservations');
    await protectTenantTable(q, 'initial_credentials');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      REVOKE UPDATE (owed, priority, due_at, runnable, state, note) ON accounts FROM tenure_system;
      ALTER TABLE applications DROP COLUMN match, DROP COLUMN initial_credential;
      DROP TABLE initial_credentials, reservations, leave_steps`);
  }
}
