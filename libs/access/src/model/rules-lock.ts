import type { Tx } from '@tenure/platform';

/**
 * Keeps everybody else from computing access with the tenant's rules until this transaction ends. A worker takes the same
 * key shared in its first statement (`lockBehind`) and reads the rules in a later one. So whoever computes with the old rules
 * has committed before a change of them does, and a recomputation that only reads afterwards sees what they wrote.
 */
export async function lockRules(tx: Tx): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('access-rules|' || $1::uuid::text, 0))", [tx.tenantId]);
}
