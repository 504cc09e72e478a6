import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names of entitlements and groups in the one form in which they are compared. Two that differ in nothing else stay. */
export class WriteNamesAlike1764860000002 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      UPDATE entitlements e SET name = normalize(name, NFC)
        WHERE current_setting('server_encoding') = 'UTF8' AND name IS NOT NFC NORMALIZED AND NOT EXISTS (
          SELECT FROM entitlements o WHERE o.tenant_id = e.tenant_id AND o.application_id = e.application_id AND o.kind = e.kind
            AND o.id <> e.id AND normalize(o.name, NFC) = normalize(e.name, NFC));
      UPDATE source_groups SET name = normalize(name, NFC)
        WHERE current_setting('server_encoding') = 'UTF8' AND name IS NOT NFC NORMALIZED`);
  }

  /** The other form says nothing that this one does not. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}
