import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/**
 * Policies with priority, window and overlap; grants that begin and end, given by policies, admins and requests; the requests
 * and who answers them.
 */
export class CompleteAccess1764200004000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE policies ADD COLUMN dormant boolean NOT NULL DEFAULT false, ADD COLUMN window_due_at timestamptz;
      CREATE INDEX policies_window_due ON policies (window_due_at) WHERE window_due_at IS NOT NULL;
      ALTER TABLE policy_versions
        ADD COLUMN priority int NOT NULL DEFAULT 0,
        ADD COLUMN enabled_from timestamptz,
        ADD COLUMN enabled_until timestamptz,
        ADD COLUMN overlap jsonb,
        ADD COLUMN request jsonb;
      CREATE TABLE requests (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        identity_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('access', 'keep')),
        policy_id uuid NOT NULL,
        policy_version int NOT NULL,
        application_id uuid,
        entitlement_id uuid,
        minutes int,
        reason text NOT NULL,
        requested_by text NOT NULL,
        asked_at timestamptz NOT NULL,
        answer_by timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'denied', 'lapsed', 'cancelled')),
        state_reason text,
        decided_at timestamptz,
        decided_by text,
        separation jsonb,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, identity_id) REFERENCES identities (tenant_id, id),
        FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id),
        FOREIGN KEY (tenant_id, entitlement_id) REFERENCES entitlements (tenant_id, id));
      CREATE UNIQUE INDEX requests_access_once ON requests (tenant_id, identity_id, application_id, entitlement_id) NULLS NOT DISTINCT
        WHERE state = 'pending' AND kind = 'access';
      CREATE UNIQUE INDEX requests_keep_once ON requests (tenant_id, identity_id, policy_id) WHERE state = 'pending' AND kind = 'keep';
      CREATE INDEX requests_of_identity ON requests (tenant_id, identity_id);
      CREATE INDEX requests_due ON requests (answer_by) WHERE state = 'pending';
      CREATE TABLE approvals (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        request_id uuid NOT NULL,
        step smallint NOT NULL DEFAULT 1,
        approver_kind text NOT NULL CHECK (approver_kind IN ('policy', 'manager', 'owner', 'admin')),
        approver_id uuid,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'denied', 'void')),
        decided_at timestamptz,
        decided_by text,
        reason text,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, request_id) REFERENCES requests (tenant_id, id),
        FOREIGN KEY (tenant_id, approver_id) REFERENCES identities (tenant_id, id));
      CREATE INDEX approvals_of_request ON approvals (tenant_id, request_id);
      CREATE INDEX approvals_to_give ON approvals (tenant_id, approver_id) WHERE state = 'pending';
      ALTER TABLE grants
        ALTER COLUMN policy_id DROP NOT NULL,
        ALTER COLUMN policy_version DROP NOT NULL,
        ADD COLUMN origin text NOT NULL DEFAULT 'policy' CHECK (origin IN ('policy', 'admin', 'request')),
        ADD COLUMN starts_at timestamptz,
        ADD COLUMN ends_at timestamptz,
        ADD COLUMN reason text,
        ADD COLUMN granted_by text,
        ADD COLUMN request_id uuid,
        ADD COLUMN ended_at timestamptz,
        ADD COLUMN end_reason text,
        ADD FOREIGN KEY (tenant_id, request_id) REFERENCES requests (tenant_id, id);
      DROP INDEX grants_once;
      CREATE UNIQUE INDEX grants_once ON grants (tenant_id, identity_id, policy_id, application_id, entitlement_id,
        (CASE WHEN origin <> 'policy' THEN id END)) NULLS NOT DISTINCT;
      CREATE UNIQUE INDEX grants_of_request ON grants (tenant_id, request_id, application_id, entitlement_id) NULLS NOT DISTINCT
        WHERE request_id IS NOT NULL;
      ALTER TABLE recomputes ADD COLUMN policy_id uuid, ADD COLUMN application_id uuid`);
    await protectTenantTable(q, 'requests');
    await protectTenantTable(q, 'approvals');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      ALTER TABLE recomputes DROP COLUMN policy_id, DROP COLUMN application_id;
      DELETE FROM grants WHERE origin <> 'policy';
      DROP INDEX grants_once;
      ALTER TABLE grants DROP COLUMN origin, DROP COLUMN starts_at, DROP COLUMN ends_at, DROP COLUMN reason, DROP COLUMN granted_by,
        DROP COLUMN request_id, DROP COLUMN ended_at, DROP COLUMN end_reason,
        ALTER COLUMN policy_id SET NOT NULL, ALTER COLUMN policy_version SET NOT NULL;
      CREATE UNIQUE INDEX grants_once ON grants (tenant_id, identity_id, policy_id, application_id, entitlement_id) NULLS NOT DISTINCT;
      DROP TABLE approvals, requests;
      ALTER TABLE policy_versions DROP COLUMN priority, DROP COLUMN enabled_from, DROP COLUMN enabled_until, DROP COLUMN overlap,
        DROP COLUMN request;
      DROP INDEX policies_window_due;
      ALTER TABLE policies DROP COLUMN dormant, DROP COLUMN window_due_at`);
  }
}
