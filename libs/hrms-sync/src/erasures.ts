import { declareErasures, mentions } from '@tenure/platform';

declareErasures([
  { table: 'imports', erase: null, because: 'it counts' },
  {
    table: 'inbound_events',
    erase: `UPDATE inbound_events SET payload = '{}', reason = NULL
      WHERE tenant_id = :tenant AND (payload -> 'employee' ->> 'employeeNumber' = ANY(:keys::text[]) OR ${mentions('payload')} OR ${mentions('reason')})`,
  },
  {
    table: 'import_rows',
    erase: `UPDATE import_rows SET person = NULL, key = '', reason = CASE WHEN reason IS NULL THEN NULL ELSE 'erased' END
      WHERE tenant_id = :tenant AND (key = ANY(:keys::text[]) OR ${mentions('person')} OR ${mentions('reason')})`,
  },
]);
