import { declareErasures, mentions } from '@tenure/platform';

const SHAPES = 'it has shapes, groups and ids';

declareErasures([
  ...[
    'scim_groups',
    'scim_regroupings',
    'source_tokens',
    'scim_schemas',
    'scim_resource_types',
    'scim_resources',
    'scim_source_options',
    'scim_refoldings',
  ].map((table) => ({ table, erase: null, because: SHAPES })),
  {
    table: 'scim_group_members',
    erase: `DELETE FROM scim_group_members WHERE tenant_id = :tenant AND member_id = ANY(:records::uuid[])`,
  },
  {
    table: 'scim_managers',
    erase: [
      `DELETE FROM scim_managers WHERE tenant_id = :tenant AND record_id = ANY(:records::uuid[])`,
      `UPDATE scim_managers SET number = NULL WHERE tenant_id = :tenant AND number = ANY(:keys::text[])`,
    ],
  },
  {
    table: 'scim_unique_values',
    erase: `DELETE FROM scim_unique_values WHERE tenant_id = :tenant AND resource_id = ANY(:records::uuid[])`,
  },
  {
    table: 'scim_requests',
    erase: `DELETE FROM scim_requests WHERE tenant_id = :tenant AND (${mentions('body')} OR ${mentions('path')} OR ${mentions('query')} OR ${mentions('detail')}
      OR EXISTS (SELECT FROM unnest(:records::text[]) AS r (id) WHERE strpos(path, r.id) > 0))`,
  },
]);
