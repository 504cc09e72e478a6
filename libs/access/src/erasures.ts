import { declareErasures } from '@tenure/platform';

const RULES = 'it has rules and ids';

declareErasures([
  ...['policies', 'policy_versions', 'recomputes', 'grants', 'approvals'].map((table) => ({
    table,
    erase: null,
    because: RULES,
  })),
  {
    table: 'requests',
    erase: `UPDATE requests SET reason = 'erased', state_reason = NULL WHERE tenant_id = :tenant AND identity_id = :identity`,
  },
]);
