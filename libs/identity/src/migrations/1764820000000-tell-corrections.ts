import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which of the admins' records correct a person whom others tell of, and which made the person. */
export class TellCorrections1764820000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE source_records ADD COLUMN corrects boolean NOT NULL DEFAULT false;
      UPDATE source_records r SET corrects = true FROM sources s, identities i
      WHERE s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.kind = 'admin'
        AND i.tenant_id = r.tenant_id AND i.id = r.identity_id
        AND (r.key LIKE 'identity:%' OR r.created_at > i.created_at + interval '1 second')`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE source_records DROP COLUMN corrects');
  }
}
