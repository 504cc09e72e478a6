import { declareErasures, mentions } from '@tenure/platform';

const COUNTS = 'it has counts and ids';
const OF_PERSON = 'tenant_id = :tenant AND identity_id = :identity';

declareErasures([
  ...[
    'application_health',
    'budget_spends',
    'bulk_orders',
    'scans',
    'scanned_entitlements',
    'scanned_members',
    'group_pushes',
  ].map((table) => ({ table, erase: null, because: COUNTS })),
  {
    table: 'operations',
    erase: `UPDATE operations SET diff = NULL, exchanges = '[]', because = '[]', remedy = NULL WHERE ${OF_PERSON}`,
  },
  { table: 'held_items', erase: `UPDATE held_items SET diff = '{}', reason = NULL WHERE ${OF_PERSON}` },
  {
    table: 'drift_findings',
    erase: [
      `DELETE FROM journal_payloads p USING journal j, drift_findings f WHERE f.tenant_id = :tenant AND f.identity_id = :identity
        AND j.tenant_id = :tenant AND j.subject_id = f.id AND p.tenant_id = :tenant AND p.journal_id = j.id`,
      `UPDATE drift_findings SET desired = NULL, applied = NULL, observed = NULL, cause = 'erased', decision_reason = NULL WHERE ${OF_PERSON}`,
    ],
  },
  {
    table: 'unknown_accounts',
    erase: `DELETE FROM unknown_accounts WHERE tenant_id = :tenant AND (${mentions('observed')} OR ${mentions('remote_id')} OR external_id = :identity::text
      OR account_id IN (SELECT id FROM accounts WHERE tenant_id = :tenant AND identity_id = :identity))`,
  },
  {
    table: 'scanned_accounts',
    erase: `DELETE FROM scanned_accounts WHERE tenant_id = :tenant AND (${mentions('observed')} OR external_id = :identity::text)`,
  },
  { table: 'report_items', erase: `DELETE FROM report_items WHERE ${OF_PERSON}` },
]);
