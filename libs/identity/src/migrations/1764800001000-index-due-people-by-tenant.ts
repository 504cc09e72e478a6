import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Timers take what is due tenant by tenant; and a person whose access cannot be computed is tried again later. */
export class IndexDuePeopleByTenant1764800001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE identities ADD COLUMN access_retry_at timestamptz;
      DROP INDEX identities_behind, identities_due, identities_access_due, scheduled_statements_due;
      CREATE INDEX identities_behind ON identities (tenant_id, behind_since) INCLUDE (urgent) WHERE access_version < version;
      CREATE INDEX identities_due ON identities (tenant_id, due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX identities_access_due ON identities (tenant_id, access_due_at) WHERE access_due_at IS NOT NULL;
      CREATE INDEX scheduled_statements_due ON scheduled_statements (tenant_id, effective_at) WHERE state = 'due'`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX identities_behind, identities_due, identities_access_due, scheduled_statements_due;
      CREATE INDEX scheduled_statements_due ON scheduled_statements (effective_at) WHERE state = 'due';
      CREATE INDEX identities_access_due ON identities (access_due_at) WHERE access_due_at IS NOT NULL;
      CREATE INDEX identities_due ON identities (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX identities_behind ON identities (behind_since) INCLUDE (urgent) WHERE access_version < version;
      ALTER TABLE identities DROP COLUMN access_retry_at`);
  }
}
