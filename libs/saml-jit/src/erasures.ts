import { declareErasures, mentions } from '@tenure/platform';

const CONNECTION = 'it has what a connection needs, and ids of messages';

declareErasures([
  ...['saml_connections', 'saml_keys', 'saml_rules', 'saml_requests', 'saml_assertions'].map((table) => ({
    table,
    erase: null,
    because: CONNECTION,
  })),
  {
    table: 'saml_subjects',
    erase: `DELETE FROM saml_subjects WHERE tenant_id = :tenant AND (name_id = ANY(:keys::text[]) OR ${mentions('name_id')} OR ${mentions('attributes')})`,
  },
  {
    table: 'saml_refusals',
    erase: `UPDATE saml_refusals SET message = NULL, reason = 'erased' WHERE tenant_id = :tenant AND (${mentions('message')} OR ${mentions('reason')})`,
  },
  {
    table: 'saml_tests',
    erase: `UPDATE saml_tests SET result = NULL WHERE tenant_id = :tenant AND ${mentions('result')}`,
  },
]);
