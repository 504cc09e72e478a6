import { declareErasures, mentions } from '@tenure/platform';

const RULES = 'it has rules, counts and ids';
const OF_PERSON = 'tenant_id = :tenant AND identity_id = :identity';

declareErasures([
  { table: 'sources', erase: null, because: RULES },
  { table: 'source_groups', erase: null, because: RULES },
  { table: 'settlements', erase: null, because: RULES },
  { table: 'holds', erase: null, because: 'people in it are ids' },
  {
    table: 'erased_people',
    erase: null,
    because: 'it has keyed hashes, which tell of nobody without the tenant’s secret',
  },
  { table: 'erasure_secrets', erase: null, because: RULES },
  {
    table: 'identities',
    // The purge itself leaves of the identity its id and state; those that were merged into it are its history.
    erase: `DELETE FROM journal_payloads p USING journal j, identities m WHERE m.tenant_id = :tenant AND m.merged_into = :identity
      AND j.tenant_id = :tenant AND j.subject_id = m.id AND p.tenant_id = :tenant AND p.journal_id = j.id`,
  },
  { table: 'source_records', erase: `DELETE FROM source_records WHERE ${OF_PERSON}` },
  { table: 'identity_keys', erase: `DELETE FROM identity_keys WHERE ${OF_PERSON}` },
  { table: 'overrides', erase: `UPDATE overrides SET reason = 'erased' WHERE ${OF_PERSON}` },
  {
    table: 'cases',
    erase: `UPDATE cases SET reason = 'erased', details = '{}', resolution = NULL, topic = CASE WHEN state = 'open' THEN topic ELSE '' END
      WHERE tenant_id = :tenant AND (subject_id = :identity::uuid OR subject_id = ANY(:records::uuid[]) OR ${mentions('reason')} OR ${mentions('details')})`,
  },
  {
    table: 'scheduled_statements',
    erase: [
      `DELETE FROM journal_payloads p USING journal j, scheduled_statements s, source_records r
        WHERE r.tenant_id = :tenant AND r.identity_id = :identity AND s.tenant_id = :tenant AND s.source_id = r.source_id AND s.key = r.key
          AND j.tenant_id = :tenant AND j.subject_id = s.id AND p.tenant_id = :tenant AND p.journal_id = j.id`,
      `DELETE FROM scheduled_statements s USING source_records r
        WHERE r.tenant_id = :tenant AND r.identity_id = :identity AND s.tenant_id = :tenant AND s.source_id = r.source_id AND s.key = r.key`,
    ],
  },
]);
