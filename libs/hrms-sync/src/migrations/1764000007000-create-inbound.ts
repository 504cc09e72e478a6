import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** What HR systems sent: webhook events (their ids are the replay store) and files, row by row. */
export class CreateInbound1764000007000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE inbound_events (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        message_id text NOT NULL,
        signed_at timestamptz NOT NULL,
        type text NOT NULL,
        outcome text NOT NULL DEFAULT 'applied' CHECK (outcome IN ('applied', 'unchanged', 'unresolved', 'unknown_type')),
        reason text,
        payload jsonb NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, source_id, message_id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE TABLE imports (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        preview boolean NOT NULL,
        state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done')),
        actor text NOT NULL,
        total int NOT NULL,
        cursor int NOT NULL DEFAULT 0,
        created int NOT NULL DEFAULT 0,
        changed int NOT NULL DEFAULT 0,
        unchanged int NOT NULL DEFAULT 0,
        rejected int NOT NULL DEFAULT 0,
        missing int,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        done_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE INDEX imports_running ON imports (started_at) WHERE state = 'running';
      CREATE TABLE import_rows (
        tenant_id uuid NOT NULL,
        import_id uuid NOT NULL,
        row int NOT NULL,
        key text,
        person jsonb,
        outcome text CHECK (outcome IN ('created', 'changed', 'unchanged', 'rejected')),
        reason text,
        PRIMARY KEY (tenant_id, import_id, row),
        FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE)`);
    await protectTenantTable(q, 'inbound_events');
    await protectTenantTable(q, 'imports');
    await protectTenantTable(q, 'import_rows');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE import_rows, imports, inbound_events');
  }
}
