import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['scim_groups', 'scim_group_members', 'scim_regroupings', 'source_groups'];

/** Groups that are there already are named to whoever follows groups, and their members hear of the groups' ids. */
export class TellGroups1764423000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    for (const table of TABLES) await q.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
    await q.query(`
      INSERT INTO source_groups (tenant_id, id, source_id, name) SELECT tenant_id, id, source_id, raw ->> 'displayName' FROM scim_groups;
      INSERT INTO scim_regroupings (tenant_id, source_id, record_id)
        SELECT DISTINCT g.tenant_id, g.source_id, m.member_id FROM scim_group_members m
        JOIN scim_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id WHERE m.kind = 'User'
        ON CONFLICT DO NOTHING`);
    for (const table of TABLES) await q.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE source_groups NO FORCE ROW LEVEL SECURITY');
    await q.query('DELETE FROM source_groups');
    await q.query('ALTER TABLE source_groups FORCE ROW LEVEL SECURITY');
  }
}
