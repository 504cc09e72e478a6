import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A NameID that is an e-mail address is a key in one form, whatever its letters. A record whose key in that form is another
 * record's keeps its own: who they are is for an administrator to say.
 */
export class FoldAddressKeys1764850000001 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      WITH addressed AS (
        SELECT r.tenant_id, r.id, r.source_id, r.key, lower(normalize(r.key, NFKC)) AS folded
        FROM source_records r JOIN sources s ON s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.kind = 'saml'
        WHERE coalesce(r.raw ->> 'keyedBy', 'nameId') = 'nameId'
          AND r.raw ->> 'nameIdFormat' = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'),
      alone AS (
        SELECT tenant_id, source_id, folded FROM addressed GROUP BY 1, 2, 3 HAVING count(*) = 1)
      UPDATE source_records r SET key = a.folded
      FROM addressed a JOIN alone USING (tenant_id, source_id, folded)
      WHERE r.tenant_id = a.tenant_id AND r.id = a.id AND a.key <> a.folded
        AND NOT EXISTS (SELECT FROM source_records o WHERE o.tenant_id = a.tenant_id AND o.source_id = a.source_id AND o.key = a.folded)`);
  }

  /** The letters of before are nowhere kept, and the version of before finds the record again by an administrator's link only. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}
