import { declareErasures } from '@tenure/platform';

declareErasures([
  { table: 'journal', erase: null, because: 'it has ids and digests; what they are of is in journal_payloads' },
  { table: 'journal_heads', erase: null, because: 'it counts' },
  {
    table: 'journal_payloads',
    erase: `DELETE FROM journal_payloads p USING journal j WHERE j.tenant_id = :tenant AND p.tenant_id = :tenant AND p.journal_id = j.id
      AND (j.subject_id = :identity::uuid OR j.subject_id = ANY(:records::uuid[]))`,
  },
]);
