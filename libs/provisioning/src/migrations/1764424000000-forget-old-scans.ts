import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = 'drift_findings, unknown_accounts, scans';

/** What scans found is kept as long as the evidence. */
export class ForgetOldScans1764424000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`GRANT DELETE ON ${TABLES} TO tenure_system`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`REVOKE DELETE ON ${TABLES} FROM tenure_system`);
  }
}
