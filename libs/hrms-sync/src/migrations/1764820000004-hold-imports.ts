import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A file that names none of the people whom its source knows waits for a decision. */
export class HoldImports1764820000004 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE imports
        DROP CONSTRAINT imports_state_check,
        ADD CONSTRAINT imports_state_check CHECK (state IN ('held', 'running', 'marking', 'done'))`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      UPDATE imports SET state = 'running' WHERE state = 'held';
      ALTER TABLE imports
        DROP CONSTRAINT imports_state_check,
        ADD CONSTRAINT imports_state_check CHECK (state IN ('running', 'marking', 'done'))`);
  }
}
