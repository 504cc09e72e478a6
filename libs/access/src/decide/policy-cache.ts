import type { Tx } from '@tenure/platform';
import { loadRules, type TenantRules } from './tenant-rules.js';

const TENANTS_KEPT = 500;

/** Planning an expression costs 100 times what evaluating it does, so plans are kept until the tenant's rules change. */
export class PolicyCache {
  private readonly byTenant = new Map<string, TenantRules>();

  /** The rules in force. Read after the identities are locked, so that a rule published meanwhile is seen. */
  async rules(tx: Tx): Promise<TenantRules> {
    const epoch = await readEpoch(tx);
    const kept = this.byTenant.get(tx.tenantId);
    if (kept?.epoch === epoch) return kept;
    const rules = await loadRules(tx, epoch);
    this.byTenant.delete(tx.tenantId);
    this.byTenant.set(tx.tenantId, rules);
    const [oldest] = this.byTenant.keys();
    if (this.byTenant.size > TENANTS_KEPT && oldest !== undefined) this.byTenant.delete(oldest);
    return rules;
  }
}

/** Raised with each change of the rules. */
export async function readEpoch(tx: Tx): Promise<string> {
  const [tenant] = await tx.query<{ policy_epoch: string }>('SELECT policy_epoch FROM tenants WHERE id = $1', [
    tx.tenantId,
  ]);
  return tenant?.policy_epoch ?? '0';
}
