import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** What applications show when they are listed, and what differs there from what was made. */
export class CreateScans1764303000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE scans (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        application_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('drift', 'report')),
        target_mode text CHECK (target_mode IN ('observe', 'add_only', 'enforce')),
        state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'suspected', 'failed', 'superseded')),
        phase text NOT NULL DEFAULT 'accounts',
        cursor text,
        requested_by text NOT NULL,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        accepted_at timestamptz,
        accepted_by text,
        counts jsonb NOT NULL DEFAULT '{}',
        attempts int NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT '-infinity',
        error jsonb,
        lease_until timestamptz,
        fence bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id));
      CREATE UNIQUE INDEX scans_running ON scans (tenant_id, application_id) WHERE state = 'running';
      CREATE INDEX scans_open ON scans (due_at) WHERE state = 'running';
      CREATE INDEX scans_of_application ON scans (tenant_id, application_id, id);
      CREATE TABLE scanned_accounts (
        tenant_id uuid NOT NULL,
        scan_id uuid NOT NULL,
        remote_id text NOT NULL,
        external_id text,
        match_keys text[] NOT NULL DEFAULT '{}',
        observed jsonb NOT NULL,
        read_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, scan_id, remote_id),
        FOREIGN KEY (tenant_id, scan_id) REFERENCES scans (tenant_id, id) ON DELETE CASCADE);
      CREATE INDEX scanned_accounts_by_external_id ON scanned_accounts (tenant_id, scan_id, external_id);
      CREATE INDEX scanned_accounts_by_match_key ON scanned_accounts USING gin (match_keys);
      CREATE TABLE scanned_entitlements (
        tenant_id uuid NOT NULL,
        scan_id uuid NOT NULL,
        entitlement_id uuid NOT NULL,
        remote_id text,
        read_at timestamptz,
        PRIMARY KEY (tenant_id, scan_id, entitlement_id),
        FOREIGN KEY (tenant_id, scan_id) REFERENCES scans (tenant_id, id) ON DELETE CASCADE);
      CREATE TABLE scanned_members (
        tenant_id uuid NOT NULL,
        scan_id uuid NOT NULL,
        entitlement_id uuid NOT NULL,
        remote_id text NOT NULL,
        PRIMARY KEY (tenant_id, scan_id, entitlement_id, remote_id),
        FOREIGN KEY (tenant_id, scan_id) REFERENCES scans (tenant_id, id) ON DELETE CASCADE);
      CREATE TABLE report_items (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        scan_id uuid NOT NULL,
        situation text NOT NULL CHECK (situation IN ('matched', 'absent', 'ambiguous', 'unmatched')),
        account_id uuid,
        identity_id uuid,
        remote_id text,
        candidates jsonb NOT NULL DEFAULT '[]',
        steps jsonb NOT NULL DEFAULT '[]',
        withheld jsonb NOT NULL DEFAULT '[]',
        joins text[] NOT NULL DEFAULT '{}',
        leaves text[] NOT NULL DEFAULT '{}',
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, scan_id) REFERENCES scans (tenant_id, id) ON DELETE CASCADE);
      CREATE INDEX report_items_of_scan ON report_items (tenant_id, scan_id, id);
      CREATE INDEX report_items_by_remote_id ON report_items (tenant_id, scan_id, remote_id);
      CREATE TABLE drift_findings (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        application_id uuid NOT NULL,
        account_id uuid NOT NULL,
        identity_id uuid NOT NULL,
        entitlement_id uuid,
        kind text NOT NULL CHECK (kind IN ('missing', 'enabled', 'disabled', 'attribute', 'orphan', 'member_added', 'member_removed')),
        attribute text NOT NULL DEFAULT '',
        desired jsonb,
        applied jsonb,
        observed jsonb,
        cause text NOT NULL,
        state text NOT NULL CHECK (state IN ('open', 'reverted', 'adopted', 'ignored', 'closed')),
        scan_id uuid,
        found_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        decided_at timestamptz,
        decided_by text,
        decision_reason text,
        PRIMARY KEY (tenant_id, id));
      CREATE UNIQUE INDEX drift_findings_standing ON drift_findings (tenant_id, account_id, kind, attribute, entitlement_id)
        NULLS NOT DISTINCT WHERE state IN ('open', 'ignored');
      CREATE INDEX drift_findings_of_application ON drift_findings (tenant_id, application_id, state, id);
      CREATE TABLE unknown_accounts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        application_id uuid NOT NULL,
        remote_id text NOT NULL,
        external_id text,
        observed jsonb NOT NULL,
        candidates jsonb NOT NULL DEFAULT '[]',
        state text NOT NULL CHECK (state IN ('unmatched', 'matched', 'ambiguous', 'assigned', 'ignored', 'protected', 'gone')),
        reason text,
        account_id uuid,
        first_seen_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        scan_id uuid NOT NULL,
        decided_at timestamptz,
        decided_by text,
        PRIMARY KEY (tenant_id, id));
      CREATE UNIQUE INDEX unknown_accounts_by_remote_id ON unknown_accounts (tenant_id, application_id, remote_id)`);
    await protectTenantTable(q, 'scans', { system: 'SELECT', searchable: true });
    for (const table of ['scanned_accounts', 'scanned_entitlements', 'scanned_members'])
      await protectTenantTable(q, table);
    for (const table of ['report_items', 'drift_findings', 'unknown_accounts'])
      await protectTenantTable(q, table, { searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DROP TABLE unknown_accounts, drift_findings, report_items, scanned_members, scanned_entitlements, scanned_accounts, scans`);
  }
}
