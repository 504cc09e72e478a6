import { isUuid } from '@tenure/platform';
import type { QueryColumn, QueryShape } from '../filter/compile-query.js';
import { USER_MODIFIED, USER_VERSION, usersIn } from '../members/memberships.js';
import type { ResourceType } from '../schema/schema-model.js';

/** Where the resources of a type lie. `$1` is the tenant, `$2` the source, `$3` the base address. */
export interface ResourceTable {
  readonly from: string;
  readonly shape: QueryShape;
  /** The columns of a StoredResource. */
  readonly selected: string;
}

interface Versioned {
  readonly version: string;
  readonly modified: string;
}
const OWN_VERSION: Versioned = { version: 'r.version::text', modified: 'r.updated_at' };
const SHOWN_VERSION: Versioned = { version: USER_VERSION, modified: USER_MODIFIED };

const selectedOf = ({ version, modified }: Versioned): string =>
  `r.id, r.raw, ${version} AS version, r.created_at AS "createdAt", ${modified} AS "updatedAt"`;
export const USER_SELECTED = selectedOf(SHOWN_VERSION);
export const SELECTED = selectedOf(OWN_VERSION);

const columns = (
  name: string,
  endpoint: string,
  { version, modified } = OWN_VERSION,
): Readonly<Record<string, QueryColumn>> => ({
  id: { sql: 'r.id', type: 'uuid' },
  // It is always there.
  meta: { sql: 'r.id', type: 'uuid' },
  externalid: { sql: 'r.external_id', type: 'text' },
  'meta.resourcetype': { sql: `'${name}'::text`, type: 'text' },
  'meta.created': { sql: 'r.created_at', type: 'timestamptz' },
  'meta.lastmodified': { sql: modified, type: 'timestamptz' },
  'meta.version': { sql: `('W/"' || ${version} || '"')`, type: 'text' },
  'meta.location': { sql: `($3::text || '${endpoint}/' || r.id)`, type: 'text' },
});

const USERS_TABLE: ResourceTable = {
  selected: USER_SELECTED,
  from: 'source_records r WHERE r.tenant_id = $1 AND r.source_id = $2 AND r.deleted_at IS NULL AND r.folded IS NOT NULL AND $3::text IS NOT NULL',
  shape: {
    document: 'r.folded',
    columns: columns('User', '/Users', SHOWN_VERSION),
    rows: {
      groups: {
        from: `WITH RECURSIVE up AS (
            SELECT m.group_id, true AS direct FROM scim_group_members m WHERE m.tenant_id = $1 AND m.member_id = r.id
            UNION SELECT m.group_id, false FROM up JOIN scim_group_members m ON m.tenant_id = $1 AND m.member_id = up.group_id)
          SELECT FROM (SELECT group_id, bool_or(direct) AS direct FROM up GROUP BY group_id) up
            JOIN scim_groups g ON g.tenant_id = $1 AND g.id = up.group_id WHERE`,
        columns: {
          value: { sql: 'g.id', type: 'uuid' },
          display: { sql: "(g.folded ->> 'displayname')", type: 'text' },
          type: { sql: "CASE WHEN up.direct THEN 'direct' ELSE 'indirect' END", type: 'text' },
          $ref: { sql: `($3::text || '/Groups/' || g.id)`, type: 'text' },
        },
        // From each user upwards it takes as long as there are users. An array is made once, whatever the plan.
        holders: {
          value: (id) =>
            `r.id = ANY (ARRAY(${usersIn(`SELECT id FROM scim_groups WHERE tenant_id = $1 AND id = ${id}`)}))`,
          display: (name) =>
            `r.id = ANY (ARRAY(${usersIn(`SELECT id FROM scim_groups WHERE tenant_id = $1 AND source_id = $2 AND folded ->> 'displayname' = ${name}`)}))`,
        },
      },
    },
  },
};

const GROUPS_TABLE: ResourceTable = {
  selected: SELECTED,
  from: 'scim_groups r WHERE r.tenant_id = $1 AND r.source_id = $2 AND $3::text IS NOT NULL',
  shape: {
    document: 'r.folded',
    columns: columns('Group', '/Groups'),
    rows: {
      members: {
        from: 'SELECT FROM scim_group_members m WHERE m.tenant_id = $1 AND m.group_id = r.id AND',
        columns: {
          value: { sql: 'm.member_id', type: 'uuid' },
          type: { sql: 'lower(m.kind)', type: 'text' },
          display: { sql: 'lower(m.display)', type: 'text' },
          $ref: { sql: `($3::text || '/' || m.kind || 's/' || m.member_id)`, type: 'text' },
        },
      },
    },
  },
};

/** Where the resources of a type lie. Name and endpoint of a tenant's own type have letters and digits only. */
export function tableOf({ name, endpoint, registeredAs }: ResourceType): ResourceTable {
  if (registeredAs === undefined) return name === 'User' ? USERS_TABLE : GROUPS_TABLE;
  if (!isUuid(registeredAs) || !/^\/?\w+$/.test(endpoint) || !/^\w+$/.test(name))
    throw new Error('a resource type has an id, a name and an endpoint');
  return {
    from: `scim_resources r WHERE r.tenant_id = $1 AND r.source_id = $2 AND r.type_id = '${registeredAs}'::uuid AND $3::text IS NOT NULL`,
    shape: { document: 'r.folded', columns: columns(name, endpoint), rows: {} },
    selected: SELECTED,
  };
}
