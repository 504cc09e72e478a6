import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The version and time of what a SCIM client sees: they stay where only something else about the record changes. */
export class ShowVersionsOfUsers1764840000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE source_records ADD COLUMN shown_version int, ADD COLUMN shown_at timestamptz;
      ALTER TABLE source_records NO FORCE ROW LEVEL SECURITY;
      UPDATE source_records SET shown_version = version, shown_at = updated_at WHERE folded IS NOT NULL;
      ALTER TABLE source_records FORCE ROW LEVEL SECURITY`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE source_records DROP COLUMN shown_version, DROP COLUMN shown_at');
  }
}
