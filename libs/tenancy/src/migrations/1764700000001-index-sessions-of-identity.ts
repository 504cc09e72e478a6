import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions of a person, also those that are over: what became of them is asked for. */
export class IndexSessionsOfIdentity1764700000001 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE INDEX sessions_by_identity ON sessions (tenant_id, identity_id, id);
      DROP INDEX sessions_of_identity`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE INDEX sessions_of_identity ON sessions (tenant_id, identity_id) WHERE ended_at IS NULL;
      DROP INDEX sessions_by_identity`);
  }
}
