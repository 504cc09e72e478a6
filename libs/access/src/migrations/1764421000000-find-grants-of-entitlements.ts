import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether anybody is granted an entitlement is asked before it is deleted. */
export class FindGrantsOfEntitlements1764421000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(
      'CREATE INDEX grants_of_entitlement ON grants (tenant_id, entitlement_id) WHERE ended_at IS NULL AND entitlement_id IS NOT NULL',
    );
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP INDEX grants_of_entitlement');
  }
}
