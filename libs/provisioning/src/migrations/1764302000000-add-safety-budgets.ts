import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** What safety budgets have let through, and what they keep back until a person decides. */
export class AddSafetyBudgets1764302000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE accounts
        ADD COLUMN cleared_version bigint NOT NULL DEFAULT 0,
        ADD COLUMN cleared_actions text[] NOT NULL DEFAULT '{}';
      ALTER TABLE entitlement_members ADD COLUMN cleared_version bigint NOT NULL DEFAULT 0;
      CREATE INDEX accounts_enabled ON accounts (tenant_id, application_id) WHERE applied ->> 'enabled' = 'true';
      CREATE INDEX entitlement_members_held ON entitlement_members (tenant_id, application_id) WHERE held IS DISTINCT FROM false;
      CREATE TABLE budget_spends (
        tenant_id uuid NOT NULL,
        application_id uuid NOT NULL,
        action text NOT NULL CHECK (action IN ('create', 'disable', 'delete', 'revoke')),
        at timestamptz NOT NULL,
        count int NOT NULL,
        PRIMARY KEY (tenant_id, application_id, action, at),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id));
      CREATE INDEX budget_spends_by_time ON budget_spends (at);
      CREATE TABLE held_items (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        application_id uuid NOT NULL,
        account_id uuid NOT NULL,
        identity_id uuid NOT NULL,
        entitlement_id uuid,
        action text NOT NULL CHECK (action IN ('create', 'disable', 'delete', 'revoke')),
        version bigint NOT NULL,
        cause uuid,
        diff jsonb NOT NULL,
        budget jsonb NOT NULL,
        state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released', 'rejected', 'expired', 'superseded')),
        held_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        approved_by text,
        approved_at timestamptz,
        decided_by text,
        decided_at timestamptz,
        reason text,
        bars_later boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant_id, id),
        UNIQUE NULLS NOT DISTINCT (tenant_id, account_id, action, version, entitlement_id),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id),
        FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id));
      CREATE INDEX held_items_open ON held_items (tenant_id, application_id, id) WHERE state = 'held';
      CREATE TABLE bulk_orders (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('retry', 'release', 'reject')),
        filter jsonb NOT NULL,
        said jsonb NOT NULL,
        ordered_by text NOT NULL,
        ordered_at timestamptz NOT NULL,
        cursor jsonb,
        done int NOT NULL DEFAULT 0,
        approved int NOT NULL DEFAULT 0,
        done_at timestamptz,
        PRIMARY KEY (tenant_id, id));
      CREATE INDEX bulk_orders_open ON bulk_orders (ordered_at) WHERE done_at IS NULL;
      CREATE INDEX held_items_by_end ON held_items (expires_at) WHERE state = 'held'`);
    await protectTenantTable(q, 'budget_spends', { app: 'SELECT, INSERT, UPDATE', system: 'SELECT, DELETE' });
    await protectTenantTable(q, 'bulk_orders', { app: 'SELECT, INSERT, UPDATE' });
    await protectTenantTable(q, 'held_items', { app: 'SELECT, INSERT, UPDATE', searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP TABLE held_items, budget_spends, bulk_orders;
      UPDATE accounts SET state = 'pending', runnable = true, note = NULL WHERE state = 'held';
      UPDATE entitlement_members SET runnable = true WHERE NOT runnable AND error IS NULL;
      DROP INDEX accounts_enabled, entitlement_members_held;
      ALTER TABLE accounts DROP COLUMN cleared_version, DROP COLUMN cleared_actions;
      ALTER TABLE entitlement_members DROP COLUMN cleared_version`);
  }
}
