import { compileExpression, type Tx } from '@tenure/platform';
import { IDENTITY_SCHEMA } from '@tenure/identity';
import { Application, compileMapping, type CompiledMapping } from '@tenure/applications';
import type { ActivePolicy } from './decide-grants.js';
import type { PolicyGrant } from './policy.entity.js';

/** What a tenant's access follows from, with every expression planned. */
export interface TenantRules {
  readonly epoch: string;
  readonly policies: readonly ActivePolicy[];
  readonly applications: ReadonlyMap<string, Application>;
  readonly mappings: ReadonlyMap<string, CompiledMapping>;
}

interface PolicyRow {
  id: string;
  version: number;
  condition: string;
  grants: PolicyGrant[];
}

const TENANTS_KEPT = 500;

/** Planning an expression costs 100 times what evaluating it does, so plans are kept until the tenant's rules change. */
export class PolicyCache {
  private readonly byTenant = new Map<string, TenantRules>();

  /** The rules in force. Read after the identities are locked, so that a rule published meanwhile is seen. */
  async rules(tx: Tx): Promise<TenantRules> {
    const [tenant] = await tx.query<{ policy_epoch: string }>('SELECT policy_epoch FROM tenants WHERE id = $1', [
      tx.tenantId,
    ]);
    const epoch = tenant?.policy_epoch ?? '0';
    const kept = this.byTenant.get(tx.tenantId);
    if (kept?.epoch === epoch) return kept;
    const rules = await load(tx, epoch);
    this.byTenant.delete(tx.tenantId);
    this.byTenant.set(tx.tenantId, rules);
    const [oldest] = this.byTenant.keys();
    if (this.byTenant.size > TENANTS_KEPT && oldest !== undefined) this.byTenant.delete(oldest);
    return rules;
  }
}

async function load(tx: Tx, epoch: string): Promise<TenantRules> {
  const rows = await tx.query<PolicyRow>(
    `SELECT p.id, v.version, v.condition, v.grants FROM policies p
     JOIN policy_versions v ON v.tenant_id = p.tenant_id AND v.policy_id = p.id AND v.version = p.published_version
     WHERE p.tenant_id = $1 ORDER BY p.id`,
    [tx.tenantId],
  );
  const applications = await tx.repository(Application).findBy({ tenantId: tx.tenantId });
  return {
    epoch,
    policies: rows.map((row) => ({
      ...row,
      condition: compileExpression(row.condition, { variables: IDENTITY_SCHEMA, expects: 'boolean' }),
    })),
    applications: new Map(applications.map((application) => [application.id, application])),
    mappings: new Map(applications.map((application) => [application.id, compileMapping(application.mapping)])),
  };
}
