import { declareErasures } from '@tenure/platform';

const ACCOUNTS = 'SELECT id FROM accounts WHERE tenant_id = :tenant AND identity_id = :identity';

declareErasures([
  { table: 'applications', erase: null, because: 'it has applications and ids of people' },
  { table: 'entitlements', erase: null, because: 'it has groups and roles' },
  { table: 'entitlement_members', erase: null, because: 'members are ids' },
  {
    table: 'accounts',
    // The remote id stays while a step of the leave is still due: without it the account could not be deleted there.
    erase: [
      `DELETE FROM journal_payloads p USING journal j WHERE j.tenant_id = :tenant AND j.subject_id IN (${ACCOUNTS})
        AND p.tenant_id = :tenant AND p.journal_id = j.id`,
      `UPDATE accounts a SET desired = jsonb_set(desired - 'alternatives', '{attributes}', '{}'), applied = NULL, observed = NULL, names = '{}',
          adopted = '{}', because = '[]', plan = NULL, error = NULL, note = NULL,
          remote_id = CASE WHEN EXISTS (SELECT FROM leave_steps s WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id AND s.state = 'due')
            THEN remote_id END
        WHERE tenant_id = :tenant AND identity_id = :identity`,
    ],
  },
  {
    table: 'reservations',
    erase: `DELETE FROM reservations WHERE tenant_id = :tenant AND account_id IN (${ACCOUNTS})`,
  },
  {
    table: 'initial_credentials',
    erase: `DELETE FROM initial_credentials WHERE tenant_id = :tenant AND account_id IN (${ACCOUNTS})`,
  },
  {
    table: 'leave_steps',
    erase: `UPDATE leave_steps SET error = NULL, note = NULL WHERE tenant_id = :tenant AND account_id IN (${ACCOUNTS})`,
  },
]);
