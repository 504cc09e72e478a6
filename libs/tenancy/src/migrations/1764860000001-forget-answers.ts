import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What finds the answers whose keys are free again, tenant by tenant. */
export class ForgetAnswers1764860000001 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query('CREATE INDEX idempotent_answers_by_time ON idempotent_answers (tenant_id, created_at)');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP INDEX idempotent_answers_by_time');
  }
}
