import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTenantTable } from '@tenure/platform';

/** Groups of sources that applications have too. */
export class PushGroups1764422000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      CREATE TABLE group_pushes (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        application_id uuid NOT NULL,
        source_id uuid NOT NULL,
        group_id uuid NOT NULL,
        entitlement_id uuid NOT NULL,
        policy_id uuid NOT NULL,
        follows_name boolean NOT NULL,
        on_end text NOT NULL CHECK (on_end IN ('delete', 'keep')),
        state text NOT NULL DEFAULT 'following' CHECK (state IN ('following', 'ending', 'ended')),
        note text,
        due_at timestamptz,
        created_at timestamptz NOT NULL,
        ended_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id),
        FOREIGN KEY (tenant_id, source_id) REFERENCES sources (tenant_id, id),
        FOREIGN KEY (tenant_id, entitlement_id) REFERENCES entitlements (tenant_id, id),
        FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id));
      CREATE UNIQUE INDEX group_pushes_one ON group_pushes (tenant_id, application_id, group_id) WHERE state <> 'ended';
      CREATE UNIQUE INDEX group_pushes_one_entitlement ON group_pushes (tenant_id, entitlement_id) WHERE state <> 'ended';
      CREATE INDEX group_pushes_of_group ON group_pushes (tenant_id, group_id);
      CREATE INDEX group_pushes_due ON group_pushes (due_at) WHERE state <> 'ended' AND due_at IS NOT NULL`);
    await protectTenantTable(q, 'group_pushes', { searchable: true });
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE group_pushes');
  }
}
