import type { Tx } from '@tenure/platform';

/** The shards in which memberships of these accounts are behind. */
export async function shardsOfMembers(tx: Tx, accountIds: readonly string[]): Promise<readonly number[]> {
  const rows = await tx.query<{ shard: number }>(
    `SELECT DISTINCT e.shard FROM entitlement_members m JOIN entitlements e ON e.tenant_id = m.tenant_id AND e.id = m.entitlement_id
     WHERE m.tenant_id = $1 AND m.account_id = ANY($2) AND m.wanted IS DISTINCT FROM m.held AND m.runnable AND e.runnable`,
    [tx.tenantId, accountIds],
  );
  return rows.map(({ shard }) => shard);
}
