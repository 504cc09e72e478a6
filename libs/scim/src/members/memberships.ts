import type { Tx } from '@tenure/platform';

/** A group of somebody, directly or through other groups. */
export interface Membership {
  readonly memberId: string;
  readonly groupId: string;
  readonly direct: boolean;
  readonly display: string;
}

/** The groups of members, those that hold the groups of theirs included; in the order of their names. */
export function membershipsOf(tx: Tx, memberIds: readonly string[]): Promise<Membership[]> {
  return tx.query<Membership>(
    `WITH RECURSIVE up AS (
       SELECT m.member_id AS of, m.group_id, true AS direct FROM scim_group_members m WHERE m.tenant_id = $1 AND m.member_id = ANY($2)
       UNION
       SELECT up.of, m.group_id, false FROM up JOIN scim_group_members m ON m.tenant_id = $1 AND m.member_id = up.group_id)
     SELECT up.of AS "memberId", up.group_id AS "groupId", bool_or(up.direct) AS direct, g.raw ->> 'displayName' AS display
     FROM up JOIN scim_groups g ON g.tenant_id = $1 AND g.id = up.group_id
     GROUP BY up.of, up.group_id, g.raw ->> 'displayName' ORDER BY (g.raw ->> 'displayName') COLLATE "C", up.group_id`,
    [tx.tenantId, memberIds],
  );
}

/** SQL of what the groups of the user `r` look like to its client, as a few characters; null without any. `$1` is the tenant. */
const GROUPS_SEEN = `(WITH RECURSIVE up AS (
    SELECT m.group_id, true AS direct FROM scim_group_members m WHERE m.tenant_id = $1 AND m.member_id = r.id
    UNION SELECT m.group_id, false FROM up JOIN scim_group_members m ON m.tenant_id = $1 AND m.member_id = up.group_id)
  SELECT left(md5(string_agg(g.id::text || seen.direct || (g.raw ->> 'displayName'), ',' ORDER BY g.id)), 12)
  FROM (SELECT group_id, bool_or(direct) AS direct FROM up GROUP BY group_id) seen JOIN scim_groups g ON g.tenant_id = $1 AND g.id = seen.group_id)`;

/** SQL of a user's version: of what the client wrote, and of the groups that it is shown with (RFC 7644 §3.14). */
export const USER_VERSION = `(coalesce(r.shown_version, r.version)::text || coalesce('.' || ${GROUPS_SEEN}, ''))`;
export const USER_MODIFIED = 'coalesce(r.shown_at, r.updated_at)';

/** A member as its client named it. */
export interface Member {
  readonly value: string;
  readonly type: 'User' | 'Group';
  readonly display: string | null;
}

export function membersOf(tx: Tx, groupIds: readonly string[]): Promise<(Member & { readonly groupId: string })[]> {
  return tx.query(
    `SELECT group_id AS "groupId", member_id AS value, kind AS type, display FROM scim_group_members
     WHERE tenant_id = $1 AND group_id = ANY($2) ORDER BY group_id, member_id`,
    [tx.tenantId, groupIds],
  );
}

/**
 * SQL of the users in the groups that `groups` selects, at any depth; `$1` is the tenant. Only groups are followed: with all members
 * in the recursion a plan of stale statistics was quadratic (16 s at 10,000; 0.2 s now). Group by group (OFFSET keeps PostgreSQL
 * from joining them), or a change of one member reads all members of all groups.
 */
export const usersIn = (groups: string): string => `WITH RECURSIVE held AS (
    ${groups}
    UNION
    SELECT m.member_id FROM held, LATERAL (SELECT member_id FROM scim_group_members
      WHERE tenant_id = $1 AND group_id = held.id AND kind = 'Group' OFFSET 0) m)
  SELECT m.member_id AS id FROM held, LATERAL (SELECT member_id FROM scim_group_members
    WHERE tenant_id = $1 AND group_id = held.id AND kind = 'User' OFFSET 0) m`;

/** The users among the members `$3`, and in the groups among them. */
export const USERS_BELOW = `(${usersIn('SELECT id FROM scim_groups WHERE tenant_id = $1 AND id = ANY($3::uuid[])')})
  UNION SELECT id FROM source_records WHERE tenant_id = $1 AND id = ANY($3::uuid[])`;

/** A reference that a client wrote, and of what kind the resource is that has the id; none is there without one. */
export async function kindsOf(
  tx: Tx,
  sourceId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Member['type']>> {
  const rows = await tx.prepared<{ id: string; kind: Member['type'] }>(
    `SELECT id, 'User' AS kind FROM (SELECT id FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND id = ANY($3) AND deleted_at IS NULL
       ORDER BY id FOR KEY SHARE) users
     UNION ALL SELECT id, 'Group' FROM scim_groups WHERE tenant_id = $1 AND source_id = $2 AND id = ANY($3)`,
    [tx.tenantId, sourceId, ids],
  );
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

/** Adds members; returns those that were none before. */
export async function addMembers(tx: Tx, groupId: string, members: readonly Member[]): Promise<string[]> {
  if (members.length === 0) return [];
  const rows = await tx.prepared<{ id: string }>(
    `INSERT INTO scim_group_members (tenant_id, group_id, member_id, kind, display)
     SELECT $1, $2, m.id, m.kind, m.display FROM unnest($3::uuid[], $4::text[], $5::text[]) AS m (id, kind, display) ORDER BY m.id
     ON CONFLICT DO NOTHING RETURNING member_id AS id`,
    [
      tx.tenantId,
      groupId,
      members.map(({ value }) => value),
      members.map(({ type }) => type),
      members.map(({ display }) => display),
    ],
  );
  return rows.map(({ id }) => id);
}

/** Takes members out; returns those that were in. */
export async function removeMembers(tx: Tx, groupId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.prepared<{ id: string }>(
    `DELETE FROM scim_group_members WHERE tenant_id = $1 AND group_id = $2 AND member_id = ANY($3) RETURNING member_id AS id`,
    [tx.tenantId, groupId, ids],
  );
  return rows.map(({ id }) => id);
}

/** Takes everybody out but these; returns whom. */
export async function keepMembers(tx: Tx, groupId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `DELETE FROM scim_group_members WHERE tenant_id = $1 AND group_id = $2 AND NOT member_id = ANY($3) RETURNING member_id AS id`,
    [tx.tenantId, groupId, ids],
  );
  return rows.map(({ id }) => id);
}

/**
 * Whether one of these groups holds the group itself, at any depth. Whoever nests groups of one client waits for the others
 * who do: two halves of a circle could not see each other.
 */
export async function closesCircle(
  tx: Tx,
  sourceId: string,
  groupId: string,
  nested: readonly string[],
): Promise<boolean> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('scim-nesting|' || $1::text || $2::text, 0))", [
    tx.tenantId,
    sourceId,
  ]);
  const [row] = await tx.query<{ closed: boolean }>(
    `WITH RECURSIVE up AS (
       SELECT $2::uuid AS id
       UNION
       SELECT m.group_id FROM up JOIN scim_group_members m ON m.tenant_id = $1 AND m.member_id = up.id)
     SELECT EXISTS (SELECT FROM up WHERE id = ANY($3)) AS closed`,
    [tx.tenantId, groupId, nested],
  );
  return row?.closed === true;
}
