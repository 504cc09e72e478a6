import type { MigrationInterface, QueryRunner } from 'typeorm';

const OLD_STATES = "'pending', 'active', 'disabled', 'withheld', 'failed'";
const STATES = `${OLD_STATES}, 'waiting', 'held', 'skipped', 'deleted'`;

/** How an application wants to be treated, and what an account keeps of how it came to be. */
export class CompleteApplications1764300000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE applications
        ADD COLUMN verify text NOT NULL DEFAULT 'answer' CHECK (verify IN ('answer', 'read_back', 'scan')),
        ADD COLUMN depends_on uuid[] NOT NULL DEFAULT '{}',
        ADD COLUMN playbook jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN budgets jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN drift jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN limits jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN maintenance jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN pause jsonb;
      ALTER TABLE accounts
        ADD COLUMN owed boolean NOT NULL DEFAULT false,
        ADD COLUMN names jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN adopted jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN because jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN note text,
        DROP CONSTRAINT accounts_state_check,
        ADD CONSTRAINT accounts_state_check CHECK (state IN (${STATES}));
      DROP INDEX accounts_runnable, accounts_behind;
      CREATE INDEX accounts_runnable ON accounts (tenant_id, application_id, shard, priority, due_at)
        WHERE (applied_version < desired_version OR owed) AND runnable;
      CREATE INDEX accounts_behind ON accounts (due_at) WHERE (applied_version < desired_version OR owed) AND runnable`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX accounts_runnable, accounts_behind;
      UPDATE accounts SET state = 'pending' WHERE state IN ('waiting', 'held', 'skipped', 'deleted');
      ALTER TABLE accounts DROP CONSTRAINT accounts_state_check,
        ADD CONSTRAINT accounts_state_check CHECK (state IN (${OLD_STATES})),
        DROP COLUMN owed, DROP COLUMN names, DROP COLUMN adopted, DROP COLUMN because, DROP COLUMN note;
      CREATE INDEX accounts_runnable ON accounts (tenant_id, application_id, shard, priority, due_at)
        WHERE applied_version < desired_version AND runnable;
      CREATE INDEX accounts_behind ON accounts (due_at) WHERE applied_version < desired_version AND runnable;
      ALTER TABLE applications DROP COLUMN verify, DROP COLUMN depends_on, DROP COLUMN playbook, DROP COLUMN budgets, DROP COLUMN drift,
        DROP COLUMN limits, DROP COLUMN maintenance, DROP COLUMN pause`);
  }
}
