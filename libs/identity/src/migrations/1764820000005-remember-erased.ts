import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** By which keys sources called people who were erased, as keyed hashes: a file that lists them still makes nobody anew. */
export class RememberErased1764820000005 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE erasure_secrets (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        secret bytea NOT NULL,
        PRIMARY KEY (tenant_id));
      CREATE TABLE erased_people (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        key_hash bytea NOT NULL,
        erased_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, key_hash))`);
    await protectTenantTable(q, 'erasure_secrets');
    await protectTenantTable(q, 'erased_people');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE erased_people, erasure_secrets');
  }
}
