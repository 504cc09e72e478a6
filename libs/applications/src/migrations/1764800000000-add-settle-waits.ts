import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Until when a call without an answer may still be carried out, for accounts and entitlements: no statement can make them due
 * before. What is looked at first now was due after its wait, so that time is kept.
 */
export class AddSettleWaits1764800000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE accounts ADD COLUMN settle_until timestamptz;
      UPDATE accounts SET settle_until = due_at WHERE look_first AND due_at > clock_timestamp();
      ALTER TABLE accounts ADD CONSTRAINT accounts_settle_check CHECK (settle_until IS NULL OR due_at >= settle_until);
      ALTER TABLE entitlements ADD COLUMN settle_until timestamptz;
      UPDATE entitlements SET settle_until = due_at WHERE due_at > clock_timestamp();
      ALTER TABLE entitlements ADD CONSTRAINT entitlements_settle_check CHECK (settle_until IS NULL OR due_at >= settle_until);
      CREATE INDEX accounts_waiting ON accounts (tenant_id, application_id) WHERE state = 'waiting';
      CREATE INDEX accounts_withheld ON accounts (tenant_id, application_id) WHERE state = 'withheld';
      CREATE INDEX entitlements_leased ON entitlements (tenant_id, application_id) WHERE lease_until IS NOT NULL;
      DROP INDEX accounts_behind;
      DROP INDEX leave_steps_due;
      CREATE INDEX leave_steps_due ON leave_steps (tenant_id, application_id, due_at) WHERE state = 'due';
      GRANT UPDATE (attempts, error, plan) ON accounts TO tenure_system`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      REVOKE UPDATE (attempts, error, plan) ON accounts FROM tenure_system;
      DROP INDEX leave_steps_due;
      CREATE INDEX leave_steps_due ON leave_steps (due_at) WHERE state = 'due';
      CREATE INDEX accounts_behind ON accounts (due_at) WHERE (applied_version < desired_version OR owed) AND runnable;
      DROP INDEX accounts_waiting, accounts_withheld, entitlements_leased;
      ALTER TABLE entitlements DROP COLUMN settle_until;
      ALTER TABLE accounts DROP COLUMN settle_until`);
  }
}
