import { Clock, Database, isUniqueViolation, newId, Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { policyFaults, type PolicyText } from './check-policy.js';
import { Policy, PolicyVersion } from '../model/policy.entity.js';
import { refuseFaults, resolveGrants } from './resolve-grants.js';
import { RuleChanges, type Held } from './rule-changes.js';

export interface PolicyInput extends PolicyText {
  readonly publish: boolean;
}

/** A version that was saved; `held` when publishing it was held back, because it would take too much from too many. */
export interface SavedPolicy {
  readonly id: string;
  readonly version: number;
  readonly held?: Held;
}

/** Rules of access: saved only when they are sound, versioned, and in force once published. */
export class Policies {
  constructor(
    private readonly database: Database,
    private readonly changes: RuleChanges,
    private readonly clock: Clock,
  ) {}

  async create(tenantId: string, by: Actor, input: PolicyInput): Promise<SavedPolicy> {
    return this.database.transaction(tenantId, (tx) => this.createIn(tx, by, input));
  }

  async createIn(tx: Tx, by: Actor, input: PolicyInput): Promise<SavedPolicy> {
    refuseFaults(policyFaults(input));
    const { tenantId } = tx;
    const id = newId();
    await refuseTakenName(
      input.name,
      tx.repository(Policy).insert({ tenantId, id, name: input.name, latestVersion: 1 }),
    );
    await this.writeVersion(tx, by, id, 1, input);
    // What was never in force takes nothing from anybody.
    if (input.publish) await this.changes.apply(tx, by, { kind: 'policy_publish', policyId: id, version: 1 });
    return { id, version: 1 };
  }

  /** A new version; the one before stays in the history. */
  async revise(tenantId: string, by: Actor, id: string, input: PolicyInput): Promise<SavedPolicy> {
    refuseFaults(policyFaults(input));
    const version = await this.database.transaction(tenantId, async (tx) => {
      const next = (await lockPolicy(tx, id)).latest_version + 1;
      const change = tx.repository(Policy).update({ tenantId, id }, { name: input.name, latestVersion: next });
      await refuseTakenName(input.name, change);
      await this.writeVersion(tx, by, id, next, input);
      return next;
    });
    return input.publish ? this.publish(tenantId, by, id, version) : { id, version };
  }

  /** Puts a version into force, the latest when none is named; earlier ones can be put back. */
  async publish(tenantId: string, by: Actor, id: string, asked?: number): Promise<SavedPolicy> {
    const version = await this.database.transaction(tenantId, async (tx) => {
      const { latest_version: latest } = await lockPolicy(tx, id);
      if (asked !== undefined && (asked < 1 || asked > latest))
        throw new Refusal('policy_version_not_found', `The policy has the versions 1 to ${latest}.`, [
          { path: 'version', message: `must be from 1 to ${latest}` },
        ]);
      return asked ?? latest;
    });
    const held = await this.changes.carryOut(tenantId, by, { kind: 'policy_publish', policyId: id, version });
    return { id, version, ...(held && { held }) };
  }

  /** Takes a policy out of force; what it alone justified goes. */
  async withdraw(tenantId: string, by: Actor, id: string): Promise<Held | null> {
    await this.database.transaction(tenantId, (tx) => lockPolicy(tx, id));
    return this.changes.carryOut(tenantId, by, { kind: 'policy_withdraw', policyId: id });
  }

  private async writeVersion(tx: Tx, by: Actor, id: string, version: number, input: PolicyInput): Promise<void> {
    const grants = await resolveGrants(tx, input.grants);
    const condition = input.condition.normalize('NFC');
    const { priority = 0, enabledFrom = null, enabledUntil = null, overlap = null, request = null } = input;
    const said = { condition, grants, priority, enabledFrom, enabledUntil, overlap, request };
    await tx.repository(PolicyVersion).insert({
      tenantId: tx.tenantId,
      policyId: id,
      version,
      ...said,
      createdBy: by.actor,
      createdAt: this.clock.now(),
    });
    await appendFact(tx, by, this.clock.now(), {
      verb: 'policy.drafted',
      subjectKind: 'policy',
      subjectId: id,
      payload: { version, name: input.name, ...said },
    });
  }
}

async function lockPolicy(tx: Tx, id: string): Promise<{ latest_version: number }> {
  const [policy] = await tx.query<{ latest_version: number }>(
    'SELECT latest_version FROM policies WHERE tenant_id = $1 AND id = $2 FOR UPDATE',
    [tx.tenantId, id],
  );
  if (!policy) throw new Refusal('policy_not_found', `There is no policy with the id ${id}.`);
  return policy;
}

async function refuseTakenName(name: string, write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isUniqueViolation(error, 'policies_tenant_id_name_key')) throw error;
    throw new Refusal('policy_name_taken', `There is already a policy named "${name}".`);
  }
}
