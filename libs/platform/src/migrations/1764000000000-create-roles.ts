import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Roles are of the whole cluster, so they may exist already and are never dropped.
 * tenure_app must not inherit: it would get the search role's policy and see every tenant.
 */
export class CreateRoles1764000000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    for (const role of ['tenure_app', 'tenure_search', 'tenure_system']) {
      await q.query(`DO $$ BEGIN CREATE ROLE ${role} NOLOGIN NOINHERIT NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
    }
    await q.query(`DO $$ BEGIN
      IF NOT pg_has_role(current_user, 'tenure_app', 'MEMBER') THEN EXECUTE format('GRANT tenure_app TO %I', current_user); END IF;
      IF NOT pg_has_role('tenure_app', 'tenure_search', 'MEMBER') THEN GRANT tenure_search TO tenure_app; END IF;
      IF NOT pg_has_role('tenure_app', 'tenure_system', 'MEMBER') THEN GRANT tenure_system TO tenure_app; END IF;
      EXCEPTION WHEN unique_violation THEN NULL; END $$`);
    await q.query('GRANT USAGE ON SCHEMA public TO tenure_app, tenure_search, tenure_system');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('REVOKE USAGE ON SCHEMA public FROM tenure_app, tenure_search, tenure_system');
  }
}
