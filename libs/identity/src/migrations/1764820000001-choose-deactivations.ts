import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What it becomes when a source deactivates somebody; without a choice, a suspension. */
export class ChooseDeactivations1764820000001 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE sources ADD COLUMN deactivation text CHECK (deactivation IN ('nothing', 'suspend', 'terminate'))`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE sources DROP COLUMN deactivation');
  }
}
