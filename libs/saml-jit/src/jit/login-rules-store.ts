import { Clock, Refusal, type Tx } from '@tenure/platform';
import { lockTenant } from '@tenure/tenancy';
import { getSource } from '@tenure/identity';
import { appendFact, type Actor } from '@tenure/journal';
import { USUAL_RULES, type LoginRules } from './login-rules.js';
import { compileMapping, type CompiledMapping } from './map-login.js';
import { readLoginRules } from './read-login-rules.js';

/** A connection's rules with their version; 0 while nobody ever set any. */
export interface VersionedRules {
  readonly version: number;
  readonly rules: LoginRules;
}

/** Ready to run many times. */
export interface CompiledRules extends VersionedRules {
  readonly mapping: CompiledMapping;
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
    return this.of(tx, connectionId);
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
    if (faults.length > 0)
      throw new Refusal('unprocessable', 'rules_invalid', 'The rules have mistakes; each is listed.', faults);
    await lockTenant(tx);
    const before = await this.read(tx, connectionId);
    if (onVersion !== null && onVersion !== before.version)
      throw new Refusal('conflict', 'rules_changed', `Somebody changed the rules meanwhile; they are at version ${before.version} now. Read them again.`); // prettier-ignore
    await refuseTakenDomains(tx, connectionId, rules.domains);
    const at = this.clock.now();
    const version = before.version + 1;
    await tx.query(
      `INSERT INTO saml_rules (tenant_id, connection_id, version, rules, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant_id, connection_id) DO UPDATE SET version = excluded.version, rules = excluded.rules,
         changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
      [tx.tenantId, connectionId, version, JSON.stringify(rules), by.actor, at],
    );
    const payload = { rules: { version, before: before.rules, after: rules } };
    await appendFact(tx, by, at, { verb: 'source.changed', subjectKind: 'source', subjectId: connectionId, payload });
    return { version, rules };
  }

  /** For a login: one small read, and nothing planned anew. */
  async of(tx: Tx, connectionId: string): Promise<CompiledRules> {
    const [row] = await tx.query<{ version: number; rules: unknown }>(
      'SELECT version, rules FROM saml_rules WHERE tenant_id = $1 AND connection_id = $2',
      [tx.tenantId, connectionId],
    );
    if (row === undefined) return USUAL;
    const kept = this.compiled.get(connectionId);
    if (kept?.version === row.version) return kept;
    const rules = compile(row.version, readLoginRules(row.rules).rules);
    this.compiled.delete(connectionId);
    this.compiled.set(connectionId, rules);
    const [oldest] = this.compiled.keys();
    if (this.compiled.size > KEPT && oldest !== undefined) this.compiled.delete(oldest);
    return rules;
  }
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
  throw new Refusal('conflict', 'domain_taken', 'A domain is one connection’s own.', faults);
}
