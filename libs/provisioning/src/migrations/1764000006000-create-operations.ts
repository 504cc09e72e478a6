import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Evidence of every call that changes an application. Partitioned by time; a partition gets no grants of its own. */
export class CreateOperations1764000006000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE operations (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        at timestamptz NOT NULL,
        application_id uuid NOT NULL,
        account_id uuid,
        entitlement_id uuid,
        identity_id uuid,
        kind text NOT NULL,
        outcome text NOT NULL,
        desired_version bigint,
        attempt int NOT NULL,
        diff jsonb,
        exchanges jsonb NOT NULL,
        remedy text,
        cause uuid,
        committed_at timestamptz,
        ms int NOT NULL,
        PRIMARY KEY (tenant_id, id, at)) PARTITION BY RANGE (at);
      CREATE TABLE operations_default PARTITION OF operations DEFAULT;
      CREATE INDEX operations_of_account ON operations (tenant_id, account_id, id);
      CREATE INDEX operations_of_identity ON operations (tenant_id, identity_id, id);
      CREATE INDEX operations_of_application ON operations (tenant_id, application_id, id)`);
    await protectTenantTable(q, 'operations', { app: 'SELECT, INSERT', searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE operations');
  }
}
