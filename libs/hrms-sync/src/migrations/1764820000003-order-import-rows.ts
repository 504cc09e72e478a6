import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The order in which rows are applied: ends come last. And the events that wait for the hire that they end. */
export class OrderImportRows1764820000003 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE import_rows ADD COLUMN place int;
      UPDATE import_rows SET place = row;
      ALTER TABLE import_rows ALTER COLUMN place SET NOT NULL;
      CREATE INDEX import_rows_by_place ON import_rows (tenant_id, import_id, place) WHERE outcome IS NULL;
      CREATE INDEX inbound_events_unresolved ON inbound_events (tenant_id, source_id) WHERE outcome = 'unresolved'`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX inbound_events_unresolved, import_rows_by_place;
      ALTER TABLE import_rows DROP COLUMN place`);
  }
}
