import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Admins come with API keys: the passwords that were made for them opened nothing. */
export class DropPasswords1764870000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE admins DROP COLUMN password_hash');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query("ALTER TABLE admins ADD COLUMN password_hash text NOT NULL DEFAULT ''");
    await q.query('ALTER TABLE admins ALTER COLUMN password_hash DROP DEFAULT');
  }
}
