import { readSetting } from '@tenure/tenancy';
import type { Tx } from '@tenure/platform';
import { compileIdentityRules, type CompiledIdentityRules } from './compile-identity-rules.js';
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from './identity-settings.js';
import { readIdentitySettings } from './read-identity-settings.js';

/** How one tenant's records become people, with every expression planned. */
export interface TenantRules {
  readonly version: number;
  readonly settings: IdentitySettings;
  readonly compiled: CompiledIdentityRules;
}

export const IDENTITY_SECTION = 'identity';
const TENANTS_KEPT = 500;

const plan = (version: number, settings: IdentitySettings): TenantRules => ({
  version,
  settings,
  compiled: compileIdentityRules(settings),
});
const USUAL = plan(0, DEFAULT_IDENTITY_SETTINGS);

/** What the tenant set, with the defaults where it says nothing. */
export async function readRules(tx: Tx): Promise<Pick<TenantRules, 'version' | 'settings'>> {
  const { version, value } = await readSetting(tx, IDENTITY_SECTION);
  return { version, settings: version === 0 ? DEFAULT_IDENTITY_SETTINGS : readIdentitySettings(value).settings };
}

/** Planning costs far more than applying, so plans are kept until the tenant sets something else. */
export class RuleCache {
  private readonly byTenant = new Map<string, TenantRules>();

  /** The tenant's rules as they were last seen; the usual ones while they were not. */
  known(tenantId: string): TenantRules {
    return this.byTenant.get(tenantId) ?? USUAL;
  }

  /** The rules of this version, which the caller read together with what it applies them to. */
  async of(tx: Tx, version: number): Promise<TenantRules> {
    if (version === 0) return USUAL;
    const kept = this.byTenant.get(tx.tenantId);
    if (kept !== undefined && kept.version >= version) return kept;
    const current = await readRules(tx);
    const rules = plan(current.version, current.settings);
    this.byTenant.delete(tx.tenantId);
    this.byTenant.set(tx.tenantId, rules);
    const [oldest] = this.byTenant.keys();
    if (this.byTenant.size > TENANTS_KEPT && oldest !== undefined) this.byTenant.delete(oldest);
    return rules;
  }
}
