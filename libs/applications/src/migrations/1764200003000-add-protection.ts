import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that nothing may touch, and who answers for an application. */
export class AddProtection1764200003000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE accounts ADD COLUMN protected_reason text;
      ALTER TABLE applications ADD COLUMN owner_id uuid,
        ADD FOREIGN KEY (tenant_id, owner_id) REFERENCES identities (tenant_id, id)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE applications DROP COLUMN owner_id; ALTER TABLE accounts DROP COLUMN protected_reason');
  }
}
