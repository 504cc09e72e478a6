import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Operations are a ledger; what they say of an erased person may be taken out of them, and nothing else changed. */
export class EraseOperations1764820000006 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query('GRANT UPDATE (diff, exchanges, because, remedy) ON operations TO tenure_app');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('REVOKE UPDATE (diff, exchanges, because, remedy) ON operations FROM tenure_app');
  }
}
