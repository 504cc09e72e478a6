import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What becomes of a retired source's people, how far that is, and the records that a hold keeps from acting. */
export class RetireSources1764200012000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE sources
        ADD COLUMN retire_people text CHECK (retire_people IN ('keep', 'held', 'release')),
        ADD COLUMN released_to text,
        ADD COLUMN released_at timestamptz;
      CREATE INDEX sources_releasing ON sources (retired_at) WHERE retire_people = 'release' AND released_at IS NULL;
      CREATE INDEX source_records_missing_hold ON source_records (tenant_id, missing_hold, id) WHERE missing_hold IS NOT NULL;
      CREATE INDEX holds_decided_absences ON holds (decided_at) WHERE kind = 'absence' AND state IN ('released', 'rejected')`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX holds_decided_absences, source_records_missing_hold;
      ALTER TABLE sources DROP COLUMN retire_people, DROP COLUMN released_to, DROP COLUMN released_at`);
  }
}
