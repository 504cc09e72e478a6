import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which accounts were in their application before Tenure was: where only additions are allowed, nothing of them is overwritten. */
export class MarkAccountsThatWereThere1764810000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE accounts ADD COLUMN was_there boolean NOT NULL DEFAULT false');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE accounts DROP COLUMN was_there');
  }
}
