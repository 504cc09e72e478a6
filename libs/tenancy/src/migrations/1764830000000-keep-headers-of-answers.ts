import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An answer is repeated with its headers: an ETag is what the next change names. */
export class KeepHeadersOfAnswers1764830000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE idempotent_answers ADD COLUMN headers jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE idempotent_answers DROP COLUMN headers');
  }
}
