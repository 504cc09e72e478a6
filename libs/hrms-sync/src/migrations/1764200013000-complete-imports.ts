import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether a file is the full list, whom it misses, and what it says of later days. */
export class CompleteImports1764200013000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE imports
        ADD COLUMN scope text NOT NULL DEFAULT 'full' CHECK (scope IN ('full', 'partial')),
        ADD COLUMN scheduled int NOT NULL DEFAULT 0,
        ADD COLUMN hold_id uuid,
        ADD COLUMN marked_to text NOT NULL DEFAULT '',
        DROP CONSTRAINT imports_state_check,
        ADD CONSTRAINT imports_state_check CHECK (state IN ('running', 'marking', 'done'));
      DROP INDEX imports_running;
      CREATE INDEX imports_running ON imports (started_at) WHERE state <> 'done';
      CREATE INDEX imports_of_source ON imports (tenant_id, source_id, started_at);
      ALTER TABLE import_rows
        ADD COLUMN effective text,
        DROP CONSTRAINT import_rows_outcome_check,
        ADD CONSTRAINT import_rows_outcome_check CHECK (outcome IN ('created', 'changed', 'unchanged', 'scheduled', 'rejected'));
      CREATE INDEX import_rows_by_key ON import_rows (tenant_id, import_id, key) WHERE key IS NOT NULL;
      ALTER TABLE inbound_events
        DROP CONSTRAINT inbound_events_outcome_check,
        ADD CONSTRAINT inbound_events_outcome_check CHECK (outcome IN ('applied', 'unchanged', 'unresolved', 'scheduled', 'unknown_type'))`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      UPDATE inbound_events SET outcome = 'applied' WHERE outcome = 'scheduled';
      UPDATE import_rows SET outcome = 'unchanged' WHERE outcome = 'scheduled';
      UPDATE imports SET state = 'running' WHERE state = 'marking';
      ALTER TABLE inbound_events
        DROP CONSTRAINT inbound_events_outcome_check,
        ADD CONSTRAINT inbound_events_outcome_check CHECK (outcome IN ('applied', 'unchanged', 'unresolved', 'unknown_type'));
      DROP INDEX import_rows_by_key, imports_of_source, imports_running;
      ALTER TABLE import_rows DROP COLUMN effective,
        DROP CONSTRAINT import_rows_outcome_check,
        ADD CONSTRAINT import_rows_outcome_check CHECK (outcome IN ('created', 'changed', 'unchanged', 'rejected'));
      ALTER TABLE imports DROP COLUMN scope, DROP COLUMN scheduled, DROP COLUMN hold_id, DROP COLUMN marked_to,
        DROP CONSTRAINT imports_state_check,
        ADD CONSTRAINT imports_state_check CHECK (state IN ('running', 'done'));
      CREATE INDEX imports_running ON imports (started_at) WHERE state = 'running'`);
  }
}
