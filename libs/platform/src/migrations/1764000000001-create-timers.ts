import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One row per timer: whoever locks it runs it, so that many workers make one. */
export class CreateTimers1764000000001 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE timers (name text PRIMARY KEY, next_at timestamptz NOT NULL DEFAULT '-infinity');
      GRANT SELECT, INSERT, UPDATE ON timers TO tenure_system`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE timers');
  }
}
