import type { Tx } from '@tenure/platform';
import type { Runnable } from '../backlog/announce-work.js';

/** Marks all memberships of these accounts as unknown, so that each is sent to the application again. Returns the work. */
export const forgetMemberships = (tx: Tx, accountIds: readonly string[]): Promise<Runnable[]> =>
  tx.query<Runnable>(
    `UPDATE entitlement_members m SET held = NULL, runnable = true, error = NULL FROM entitlements e, applications p
       WHERE m.tenant_id = $1 AND m.account_id = ANY ($2) AND e.tenant_id = $1 AND e.id = m.entitlement_id AND p.tenant_id = $1 AND p.id = m.application_id
         AND NOT EXISTS (SELECT FROM held_items h WHERE h.tenant_id = $1 AND h.account_id = m.account_id AND h.entitlement_id = m.entitlement_id
                         AND (h.bars_later OR (h.version = m.version AND h.state IN ('held', 'rejected', 'expired'))))
       RETURNING m.application_id AS "applicationId", p.connector, e.shard, m.priority`,
    [tx.tenantId, accountIds],
  );
