import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Entitlements get another name, or go, in the application too; and they can be searched. */
export class PushEntitlements1764300002000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE entitlements
        ADD COLUMN applied_name text,
        ADD COLUMN removed_at timestamptz,
        DROP CONSTRAINT entitlements_state_check,
        ADD CONSTRAINT entitlements_state_check CHECK (state IN ('ready', 'withheld', 'failed', 'deleted'));
      ALTER TABLE entitlements NO FORCE ROW LEVEL SECURITY;
      UPDATE entitlements SET applied_name = name WHERE remote_id IS NOT NULL;
      ALTER TABLE entitlements FORCE ROW LEVEL SECURITY;
      CREATE INDEX entitlements_reshaped ON entitlements (tenant_id, application_id)
        WHERE remote_id IS NOT NULL AND error IS NULL AND (applied_name IS DISTINCT FROM name OR removed_at IS NOT NULL);
      CREATE POLICY of_search ON entitlements FOR SELECT TO tenure_search USING (true);
      GRANT SELECT ON entitlements TO tenure_search`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      REVOKE SELECT ON entitlements FROM tenure_search;
      DROP POLICY of_search ON entitlements;
      DROP INDEX entitlements_reshaped;
      ALTER TABLE entitlements NO FORCE ROW LEVEL SECURITY;
      UPDATE entitlements SET state = 'ready' WHERE state = 'deleted';
      ALTER TABLE entitlements FORCE ROW LEVEL SECURITY;
      ALTER TABLE entitlements DROP CONSTRAINT entitlements_state_check,
        ADD CONSTRAINT entitlements_state_check CHECK (state IN ('ready', 'withheld', 'failed')),
        DROP COLUMN applied_name, DROP COLUMN removed_at`);
  }
}
