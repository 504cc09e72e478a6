import { declareErasures, mentions } from '@tenure/platform';

const ADMIN = 'it is about the tenant and its administrators';

declareErasures([
  { table: 'tenants', erase: null, because: ADMIN },
  { table: 'admins', erase: null, because: ADMIN },
  { table: 'api_keys', erase: null, because: ADMIN },
  { table: 'settings', erase: null, because: ADMIN },
  {
    table: 'sessions',
    erase: `UPDATE sessions SET name_id = '', session_index = NULL, agent = NULL WHERE tenant_id = :tenant AND identity_id = :identity`,
  },
  {
    table: 'idempotent_answers',
    erase: `UPDATE idempotent_answers SET body = '{}' WHERE tenant_id = :tenant AND (${mentions('body')} OR strpos(body::text, :identity::text) > 0)`,
  },
]);
