import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Timers take what is due tenant by tenant. */
export class IndexDueRulesByTenant1764800002000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX policies_window_due, requests_due;
      CREATE INDEX policies_window_due ON policies (tenant_id, window_due_at) WHERE window_due_at IS NOT NULL;
      CREATE INDEX requests_due ON requests (tenant_id, answer_by) WHERE state = 'pending'`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX policies_window_due, requests_due;
      CREATE INDEX policies_window_due ON policies (window_due_at) WHERE window_due_at IS NOT NULL;
      CREATE INDEX requests_due ON requests (answer_by) WHERE state = 'pending'`);
  }
}
