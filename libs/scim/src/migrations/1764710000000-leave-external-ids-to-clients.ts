import type { MigrationInterface, QueryRunner } from 'typeorm';

/** RFC 7643 §3.1: whether an externalId is one resource's alone is the client's affair. And what is shown as active is kept as active. */
export class LeaveExternalIdsToClients1764710000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP INDEX source_records_one_external_id, scim_groups_one_external_id, scim_resources_one_external_id;
      CREATE INDEX scim_groups_by_external_id ON scim_groups (tenant_id, source_id, external_id) WHERE external_id IS NOT NULL;
      CREATE INDEX scim_resources_by_external_id ON scim_resources (tenant_id, source_id, type_id, external_id)
        WHERE external_id IS NOT NULL;
      ALTER TABLE source_records NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE cases NO FORCE ROW LEVEL SECURITY;
      UPDATE source_records r SET external_id = r.raw ->> 'externalId' FROM cases c
        WHERE c.kind = 'external_id_twice' AND c.tenant_id = r.tenant_id AND c.subject_id = r.id AND r.external_id IS NULL;
      UPDATE source_records SET raw = raw || '{"active": true}' WHERE folded IS NOT NULL AND NOT raw ? 'active';
      UPDATE cases SET state = 'resolved', closed_at = now(), closed_by = 'system' WHERE kind = 'external_id_twice' AND state = 'open';
      ALTER TABLE cases FORCE ROW LEVEL SECURITY;
      ALTER TABLE source_records FORCE ROW LEVEL SECURITY`);
  }

  /** Of several with one externalId the first keeps it, as before. */
  async down(q: QueryRunner): Promise<void> {
    const first = (table: string, among: string, where: string): string => `
      ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY;
      UPDATE ${table} r SET external_id = NULL FROM (
        SELECT tenant_id, id, row_number() OVER (PARTITION BY ${among}, external_id ORDER BY created_at, id) AS nth
        FROM ${table} WHERE external_id IS NOT NULL AND ${where}) n
      WHERE r.tenant_id = n.tenant_id AND r.id = n.id AND n.nth > 1;
      ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;`;
    await q.query(`
      ${first('source_records', 'tenant_id, source_id', 'folded IS NOT NULL AND deleted_at IS NULL')}
      ${first('scim_groups', 'tenant_id, source_id', 'true')}
      ${first('scim_resources', 'tenant_id, source_id, type_id', 'true')}
      CREATE UNIQUE INDEX source_records_one_external_id ON source_records (tenant_id, source_id, external_id)
        WHERE external_id IS NOT NULL AND folded IS NOT NULL AND deleted_at IS NULL;
      DROP INDEX scim_groups_by_external_id, scim_resources_by_external_id;
      CREATE UNIQUE INDEX scim_groups_one_external_id ON scim_groups (tenant_id, source_id, external_id) WHERE external_id IS NOT NULL;
      CREATE UNIQUE INDEX scim_resources_one_external_id ON scim_resources (tenant_id, source_id, type_id, external_id)
        WHERE external_id IS NOT NULL`);
  }
}
