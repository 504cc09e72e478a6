import { Clock, Refusal, type Tx } from '@tenure/platform';
import { lockTenant } from '@tenure/tenancy';
import { getSource } from '@tenure/identity';
import { appendFact, type Actor } from '@tenure/journal';
import { nameOfKey, USUAL_RULES, type LoginRules } from './login-rules.js';
import { LOGIN_SETTINGS_SECTION, readLoginSettings } from './login-settings.js';
import { compileMapping, type CompiledMapping } from './map-login.js';
import { readLoginRules } from './read-login-rules.js';

/** A connection's rules with their version; 0 while nobody ever set any. */
export interface VersionedRules {
  readonly version: number;
  readonly rules: LoginRules;
  /** How many people's records still have a key that was chosen by a rule of before. */
  readonly keyedOtherwise: number;
}

/** Ready to run many times. */
interface CompiledRules {
  readonly version: number;
  readonly rules: LoginRules;
  readonly mapping: CompiledMapping;
}

/** What a login is decided by: nothing is left to the tenant's default any more. */
export interface RulesInForce extends CompiledRules {
  /** Rules by which keys were chosen before; the connection's own is not among them. */
  readonly formerKeys: readonly string[];
}

interface Stored {
  readonly version: number;
  readonly rules: unknown;
  readonly formerKeys: readonly string[];
  readonly defaults: unknown;
}

const KEPT = 500;
const compile = (version: number, rules: LoginRules): CompiledRules => ({
  version,
  rules,
  mapping: compileMapping(rules),
});
const USUAL = compile(0, USUAL_RULES);

/** The rules of connections: checked when they are set, and planned once per version. */
export class LoginRulesStore {
  private readonly compiled = new Map<string, CompiledRules>();

  constructor(private readonly clock: Clock) {}

  /** The rules in force, with what is usual filled in. */
  async read(tx: Tx, connectionId: string): Promise<VersionedRules> {
    await getSource(tx, connectionId, 'saml');
    const { compiled, formerKeys } = await this.stored(tx, connectionId);
    const { version, rules } = compiled;
    return { version, rules, keyedOtherwise: await countKeyed(tx, connectionId, formerKeys) };
  }

  /** Replaces the rules whole. `onVersion`: only if nobody changed them since. */
  async change(
    tx: Tx,
    by: Actor,
    connectionId: string,
    value: unknown,
    onVersion: number | null,
  ): Promise<VersionedRules> {
    const { rules, faults } = readLoginRules(value);
    if (faults.length > 0) throw new Refusal('rules_invalid', 'The rules have mistakes; each is listed.', faults);
    await lockTenant(tx);
    await getSource(tx, connectionId, 'saml');
    const { compiled: before, formerKeys } = await this.stored(tx, connectionId);
    if (onVersion !== null && onVersion !== before.version)
      throw new Refusal(
        'rules_changed',
        `Somebody changed the rules meanwhile; they are at version ${before.version} now. Read them again.`,
      );
    await refuseTakenDomains(tx, connectionId, rules.domains);
    const at = this.clock.now();
    const version = before.version + 1;
    const former = new Set([...formerKeys, nameOfKey(before.rules.key)]);
    former.delete(nameOfKey(rules.key));
    await tx.query(
      `INSERT INTO saml_rules (tenant_id, connection_id, version, rules, former_keys, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant_id, connection_id) DO UPDATE SET version = excluded.version, rules = excluded.rules,
         former_keys = excluded.former_keys, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
      [tx.tenantId, connectionId, version, JSON.stringify(rules), JSON.stringify([...former]), by.actor, at],
    );
    const payload = { rules: { version, before: before.rules, after: rules } };
    await appendFact(tx, by, at, { verb: 'source.changed', subjectKind: 'source', subjectId: connectionId, payload });
    return { version, rules, keyedOtherwise: await countKeyed(tx, connectionId, [...former]) };
  }

  /** For a login: one small read, and nothing planned anew. */
  async of(tx: Tx, connectionId: string): Promise<RulesInForce> {
    const { compiled, formerKeys, onLeave } = await this.stored(tx, connectionId);
    const { admit } = compiled.rules;
    const rules = { ...compiled.rules, admit: { ...admit, onLeave: admit.onLeave ?? onLeave } };
    return { ...compiled, rules, formerKeys };
  }

  private async stored(
    tx: Tx,
    connectionId: string,
  ): Promise<{ compiled: CompiledRules; formerKeys: readonly string[]; onLeave: boolean }> {
    const [row] = await tx.prepared<Stored>(
      `SELECT coalesce(r.version, 0) AS version, r.rules, coalesce(r.former_keys, '[]') AS "formerKeys", s.value AS defaults
       FROM (SELECT) AS one LEFT JOIN saml_rules r ON r.tenant_id = $1 AND r.connection_id = $2
         LEFT JOIN settings s ON s.tenant_id = $1 AND s.section = '${LOGIN_SETTINGS_SECTION}'`,
      [tx.tenantId, connectionId],
    );
    const { version = 0, rules = null, formerKeys = [], defaults = null } = row ?? {};
    const { onLeave } = readLoginSettings(defaults ?? {}).settings;
    return {
      compiled: version === 0 ? USUAL : this.planned(connectionId, version, rules),
      formerKeys,
      onLeave: onLeave === 'admit',
    };
  }

  private planned(connectionId: string, version: number, document: unknown): CompiledRules {
    const kept = this.compiled.get(connectionId);
    if (kept?.version === version) return kept;
    const rules = compile(version, readLoginRules(document).rules);
    this.compiled.delete(connectionId);
    this.compiled.set(connectionId, rules);
    const [oldest] = this.compiled.keys();
    if (this.compiled.size > KEPT && oldest !== undefined) this.compiled.delete(oldest);
    return rules;
  }
}

async function countKeyed(tx: Tx, connectionId: string, formerKeys: readonly string[]): Promise<number> {
  if (formerKeys.length === 0) return 0;
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM source_records
     WHERE tenant_id = $1 AND source_id = $2 AND deleted_at IS NULL AND coalesce(raw ->> 'keyedBy', 'nameId') = ANY($3)`,
    [tx.tenantId, connectionId, formerKeys],
  );
  return row?.count ?? 0;
}

/** Two connections that each believe their own addresses of one domain would give each other their people. */
async function refuseTakenDomains(tx: Tx, connectionId: string, domains: readonly string[]): Promise<void> {
  const taken = await tx.query<{ domain: string; connectionId: string }>(
    `SELECT domain, connection_id AS "connectionId" FROM saml_rules, jsonb_array_elements_text(rules -> 'domains') AS domain
     WHERE tenant_id = $1 AND connection_id <> $2 AND domain = ANY($3) ORDER BY domain`,
    [tx.tenantId, connectionId, domains],
  );
  if (taken.length === 0) return;
  const faults = taken.map(({ domain, connectionId: other }) => ({
    path: `domains.${domains.indexOf(domain)}`,
    message: `"${domain}" is the connection ${other}'s own; take it away there first`,
  }));
  throw new Refusal('domain_taken', 'A domain is one connection’s own.', faults);
}
