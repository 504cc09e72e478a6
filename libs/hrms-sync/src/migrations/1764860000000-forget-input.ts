import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What finds the raw input whose time is over, tenant by tenant. */
export class ForgetInput1764860000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE imports ADD COLUMN rows_deleted_at timestamptz;
      CREATE INDEX imports_with_rows ON imports (tenant_id, done_at) WHERE state = 'done' AND rows_deleted_at IS NULL;
      CREATE INDEX inbound_events_by_time ON inbound_events (tenant_id, received_at)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX inbound_events_by_time, imports_with_rows;
      ALTER TABLE imports DROP COLUMN rows_deleted_at`);
  }
}
