import { newId, type Tx } from '@tenure/platform';
import type { BudgetAction } from '@tenure/applications';
import type { Excess } from './judge-budget.js';
import { provisioningSettings } from './provisioning-settings.js';

/** What a budget kept back in one turn. */
export interface NewHeldItem {
  readonly applicationId: string;
  readonly accountId: string;
  readonly identityId: string;
  readonly entitlementId: string | null;
  readonly action: BudgetAction;
  readonly version: string;
  readonly cause: string | null;
  readonly diff: readonly string[];
  readonly budget: Excess;
}

const DAY_MS = 86_400_000;

/**
 * Keeps what is held, in the transaction that ends its turn, so that nobody releases what is still being worked on. What a
 * newer version has overtaken already is not kept; what is of an older version is superseded.
 */
export async function keepHeldItems(tx: Tx, items: readonly NewHeldItem[], now: Date): Promise<void> {
  if (items.length === 0) return;
  const { holds } = await provisioningSettings(tx);
  const rows = JSON.stringify(items.map((item) => ({ ...item, id: newId() })));
  await tx.query(
    `UPDATE held_items h SET state = 'superseded', decided_at = $3 FROM jsonb_to_recordset($2) AS n ("accountId" uuid, "entitlementId" uuid, action text, version bigint)
     WHERE h.tenant_id = $1 AND h.account_id = n."accountId" AND h.action = n.action AND h.entitlement_id IS NOT DISTINCT FROM n."entitlementId"
       AND h.version < n.version AND h.state = 'held'`,
    [tx.tenantId, rows, now],
  );
  await tx.query(
    `INSERT INTO held_items AS h (tenant_id, id, application_id, account_id, identity_id, entitlement_id, action, version, cause, diff, budget, held_at, expires_at)
     SELECT $1, n.id, n."applicationId", n."accountId", n."identityId", n."entitlementId", n.action, n.version, n.cause, n.diff, n.budget, $3, $4
     FROM jsonb_to_recordset($2) AS n (id uuid, "applicationId" uuid, "accountId" uuid, "identityId" uuid, "entitlementId" uuid, action text,
       version bigint, cause uuid, diff jsonb, budget jsonb)
     JOIN accounts a ON a.tenant_id = $1 AND a.id = n."accountId"
     LEFT JOIN entitlement_members m ON m.tenant_id = $1 AND m.entitlement_id = n."entitlementId" AND m.account_id = n."accountId"
     WHERE n.version = CASE WHEN n."entitlementId" IS NULL THEN a.desired_version ELSE m.version END
     ON CONFLICT (tenant_id, account_id, action, version, entitlement_id) DO UPDATE SET
       state = 'held', diff = excluded.diff, budget = excluded.budget, held_at = excluded.held_at, expires_at = excluded.expires_at,
       approved_by = NULL, approved_at = NULL, decided_by = NULL, decided_at = NULL, reason = NULL
     WHERE h.state <> 'held'`,
    [tx.tenantId, rows, now, new Date(now.getTime() + holds.expireDays * DAY_MS)],
  );
}
