import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens that are renewed while a session lasts, limits of its own, and what a leave does to it. */
export class RenewSessions1764510000001 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE sessions
        ADD COLUMN previous_hash bytea,
        ADD COLUMN renewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ADD COLUMN confirmed_at timestamptz DEFAULT clock_timestamp(),
        ADD COLUMN idle_ms int NOT NULL DEFAULT 3600000,
        ADD COLUMN ends_on_leave boolean NOT NULL DEFAULT false,
        ADD COLUMN agent text;
      ALTER TABLE sessions ALTER COLUMN renewed_at DROP DEFAULT, ALTER COLUMN confirmed_at DROP DEFAULT;
      CREATE UNIQUE INDEX sessions_previous_hash ON sessions (previous_hash) WHERE previous_hash IS NOT NULL;
      CREATE INDEX sessions_over ON sessions (expires_at);
      GRANT UPDATE (token_hash, previous_hash, renewed_at, confirmed_at), DELETE ON sessions TO tenure_system`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      REVOKE UPDATE (token_hash, previous_hash, renewed_at, confirmed_at), DELETE ON sessions FROM tenure_system;
      DROP INDEX sessions_over;
      ALTER TABLE sessions DROP COLUMN previous_hash, DROP COLUMN renewed_at, DROP COLUMN confirmed_at, DROP COLUMN idle_ms,
        DROP COLUMN ends_on_leave, DROP COLUMN agent`);
  }
}
