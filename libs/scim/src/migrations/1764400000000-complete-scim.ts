import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';
import { CORE_CATALOGUE } from '../schema/catalogue.js';
import { foldResource } from '../schema/fold-resource.js';

const BATCH = 2_000;
const READ = ['source_records', 'sources', 'cases'];

/**
 * Resources in the form in which filters compare them, with indexes on what identity providers ask for; groups with
 * members as rows; tokens beside the first one; schemas of a tenant's own; and what was asked of us.
 */
export class CompleteScim1764400000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE source_records ADD COLUMN folded jsonb`);
    // Who migrates need not be a superuser, and then sees no row of a table that binds its owner, too.
    for (const table of READ) await q.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
    await fillFolded(q);
    await q.query(keepFirstExternalIds);
    for (const table of READ) await q.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
    await q.query(`
      CREATE INDEX source_records_folded_user_name ON source_records (tenant_id, source_id, ((folded ->> 'username') COLLATE "C"))
        WHERE folded IS NOT NULL;
      CREATE INDEX source_records_folded_display_name ON source_records (tenant_id, source_id, ((folded ->> 'displayname') COLLATE "C"))
        WHERE folded IS NOT NULL;
      CREATE INDEX source_records_folded_emails ON source_records USING gin ((folded -> 'emails') jsonb_path_ops) WHERE folded IS NOT NULL;
      CREATE INDEX source_records_listed ON source_records (tenant_id, source_id, id) WHERE folded IS NOT NULL AND deleted_at IS NULL;
      CREATE UNIQUE INDEX source_records_one_external_id ON source_records (tenant_id, source_id, external_id)
        WHERE external_id IS NOT NULL AND folded IS NOT NULL AND deleted_at IS NULL;
      CREATE INDEX source_records_tombstones ON source_records (tenant_id, source_id, user_name_key)
        WHERE user_name_key IS NOT NULL AND deleted_at IS NOT NULL;
      CREATE TABLE scim_groups (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        version int NOT NULL DEFAULT 1,
        external_id text,
        display_name_key text NOT NULL,
        raw jsonb NOT NULL,
        folded jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE UNIQUE INDEX scim_groups_one_name ON scim_groups (tenant_id, source_id, display_name_key);
      CREATE UNIQUE INDEX scim_groups_one_external_id ON scim_groups (tenant_id, source_id, external_id) WHERE external_id IS NOT NULL;
      CREATE INDEX scim_groups_folded_display_name ON scim_groups (tenant_id, source_id, ((folded ->> 'displayname') COLLATE "C"));
      CREATE INDEX scim_groups_listed ON scim_groups (tenant_id, source_id, id);
      CREATE TABLE scim_group_members (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        member_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('User', 'Group')),
        display text,
        PRIMARY KEY (tenant_id, group_id, member_id),
        FOREIGN KEY (tenant_id, group_id) REFERENCES scim_groups (tenant_id, id) ON DELETE CASCADE);
      CREATE INDEX scim_group_members_of ON scim_group_members (tenant_id, member_id);
      CREATE TABLE scim_regroupings (
        tenant_id uuid NOT NULL,
        source_id uuid NOT NULL,
        record_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, source_id, record_id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE TABLE source_tokens (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('bearer', 'client', 'access')),
        name text NOT NULL,
        scope text NOT NULL CHECK (scope IN ('read', 'write')),
        record_id uuid,
        token_hash bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE INDEX source_tokens_of_source ON source_tokens (tenant_id, source_id, id);
      CREATE INDEX source_tokens_expired ON source_tokens (expires_at) WHERE kind = 'access';
      CREATE TABLE scim_schemas (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        urn_key text NOT NULL,
        resource_type text NOT NULL CHECK (resource_type IN ('User', 'Group')),
        required boolean NOT NULL,
        definition jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id));
      CREATE UNIQUE INDEX scim_schemas_one_urn ON scim_schemas (tenant_id, urn_key);
      CREATE TABLE scim_requests (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source_id uuid NOT NULL,
        received_at timestamptz NOT NULL,
        method text NOT NULL,
        path text NOT NULL,
        query jsonb NOT NULL DEFAULT '{}',
        dialect text NOT NULL,
        status int NOT NULL,
        scim_type text,
        detail text,
        body jsonb,
        ms int NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id));
      CREATE INDEX scim_requests_of_source ON scim_requests (tenant_id, source_id, received_at);
      CREATE INDEX scim_requests_old ON scim_requests (received_at)`);
    await protectTenantTable(q, 'scim_groups', { searchable: true });
    await protectTenantTable(q, 'scim_group_members', { searchable: true });
    await protectTenantTable(q, 'scim_regroupings');
    await protectTenantTable(q, 'source_tokens', { system: 'SELECT, DELETE', searchable: true });
    await protectTenantTable(q, 'scim_schemas', { searchable: true });
    await protectTenantTable(q, 'scim_requests', { system: 'SELECT, DELETE', searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP TABLE scim_requests, scim_schemas, source_tokens, scim_regroupings, scim_group_members, scim_groups;
      DROP INDEX source_records_folded_user_name, source_records_folded_display_name, source_records_folded_emails, source_records_listed,
        source_records_one_external_id, source_records_tombstones;
      ALTER TABLE source_records DROP COLUMN folded`);
  }
}

/** What clients wrote before is to be found, too: a statement per batch, in the order of the ids. */
async function fillFolded(q: QueryRunner): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = (await q.query(
      `SELECT r.id, r.tenant_id, r.raw FROM source_records r JOIN sources s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
       WHERE s.kind = 'scim' AND r.raw IS NOT NULL AND r.id > $1 ORDER BY r.id LIMIT ${BATCH}`,
      [after],
    )) as { id: string; tenant_id: string; raw: Readonly<Record<string, unknown>> }[];
    const folded = rows.map(({ raw, ...row }) => ({ ...row, folded: foldResource(CORE_CATALOGUE.user, raw) }));
    await q.query(
      `UPDATE source_records r SET folded = f.folded
       FROM jsonb_to_recordset($1::jsonb) AS f (id uuid, tenant_id uuid, folded jsonb) WHERE r.tenant_id = f.tenant_id AND r.id = f.id`,
      [JSON.stringify(folded)],
    );
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    after = last.id;
  }
}

/** Nothing refused a second user with an externalId before. The first one keeps it; about each other one a person is asked. */
const keepFirstExternalIds = `
  WITH twice AS (
    UPDATE source_records r SET external_id = NULL
    FROM (SELECT tenant_id, id, external_id, row_number() OVER (PARTITION BY tenant_id, source_id, external_id ORDER BY created_at, id) AS nth
          FROM source_records WHERE folded IS NOT NULL AND deleted_at IS NULL AND external_id IS NOT NULL) n
    WHERE r.tenant_id = n.tenant_id AND r.id = n.id AND n.nth > 1 RETURNING r.tenant_id, r.id, n.external_id)
  INSERT INTO cases (tenant_id, id, kind, subject_id, topic, reason, details, state, opened_at)
  SELECT tenant_id, gen_random_uuid(), 'external_id_twice', id, '',
    'Another user of the identity provider has the same externalId and keeps it; this one is not found by it until it is written again.',
    jsonb_build_object('externalId', external_id), 'open', now() FROM twice`;
