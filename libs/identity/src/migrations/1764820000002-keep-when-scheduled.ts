import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a source said what takes effect later: what it says after that may take it back. */
export class KeepWhenScheduled1764820000002 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE scheduled_statements ADD COLUMN said_at timestamptz');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE scheduled_statements DROP COLUMN said_at');
  }
}
