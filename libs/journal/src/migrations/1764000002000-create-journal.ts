import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** History and audit in one append-only table; what a person can have erased lies beside it. */
export class CreateJournal1764000002000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE journal (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        door text NOT NULL,
        verb text NOT NULL,
        subject_kind text NOT NULL,
        subject_id uuid NOT NULL,
        revision int NOT NULL,
        cause uuid,
        request_id text,
        digest bytea NOT NULL,
        position bigint,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, subject_id, revision));
      CREATE INDEX journal_unnumbered ON journal (tenant_id, id) WHERE position IS NULL;
      CREATE UNIQUE INDEX journal_by_position ON journal (tenant_id, position) WHERE position IS NOT NULL;
      CREATE TABLE journal_payloads (
        tenant_id uuid NOT NULL,
        journal_id uuid NOT NULL,
        salt bytea NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (tenant_id, journal_id),
        FOREIGN KEY (tenant_id, journal_id) REFERENCES journal (tenant_id, id));
      CREATE TABLE journal_heads (
        tenant_id uuid PRIMARY KEY,
        position bigint NOT NULL)`);
    await protectTenantTable(q, 'journal', { app: 'SELECT, INSERT', system: 'SELECT, UPDATE (position)' });
    await protectTenantTable(q, 'journal_payloads', { app: 'SELECT, INSERT, DELETE' });
    await protectTenantTable(q, 'journal_heads', { app: 'SELECT', system: 'SELECT, INSERT, UPDATE' });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE journal_heads, journal_payloads, journal');
  }
}
