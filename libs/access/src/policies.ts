import {
  checkExpression,
  Clock,
  Database,
  isUniqueViolation,
  newId,
  Refusal,
  type InputFault,
  type Tx,
} from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { IDENTITY_SCHEMA } from '@tenure/identity';
import { Application, knowEntitlement, type EntitlementRef } from '@tenure/applications';
import { Recomputes } from './recomputes.js';
import { Policy, PolicyVersion, type PolicyGrant } from './policy.entity.js';

export interface PolicyInput {
  readonly name: string;
  readonly condition: string;
  readonly grants: readonly { readonly applicationId: string; readonly entitlements?: readonly EntitlementRef[] }[];
  readonly publish: boolean;
}

/** Birthright rules: saved only when they are sound, versioned, and in force once published. */
export class Policies {
  constructor(
    private readonly database: Database,
    private readonly recomputes: Recomputes,
    private readonly clock: Clock,
  ) {}

  async create(tenantId: string, by: Actor, input: PolicyInput): Promise<{ id: string; version: number }> {
    refuseFaults(conditionFaults(input.condition));
    return this.database.transaction(tenantId, async (tx) => {
      const id = newId();
      const row = { tenantId, id, name: input.name, latestVersion: 1, publishedVersion: input.publish ? 1 : null };
      await refuseTakenName(input.name, tx.repository(Policy).insert(row));
      await this.writeVersion(tx, by, id, 1, input);
      return { id, version: 1 };
    });
  }

  /** A new version; the one before stays in the history. */
  async revise(tenantId: string, by: Actor, id: string, input: PolicyInput): Promise<{ id: string; version: number }> {
    refuseFaults(conditionFaults(input.condition));
    return this.database.transaction(tenantId, async (tx) => {
      const [policy] = await tx.query<{ latest_version: number }>(
        'SELECT latest_version FROM policies WHERE tenant_id = $1 AND id = $2 FOR UPDATE',
        [tenantId, id],
      );
      if (!policy) throw new Refusal('not_found', 'policy_not_found', `There is no policy with the id ${id}.`);
      const version = policy.latest_version + 1;
      const change = { name: input.name, latestVersion: version, ...(input.publish && { publishedVersion: version }) };
      await refuseTakenName(input.name, tx.repository(Policy).update({ tenantId, id }, change));
      await this.writeVersion(tx, by, id, version, input);
      return { id, version };
    });
  }

  /** Takes a policy out of force; what it alone justified goes. */
  async withdraw(tenantId: string, by: Actor, id: string): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const changed = await tx.query(
        'UPDATE policies SET published_version = NULL WHERE tenant_id = $1 AND id = $2 RETURNING id',
        [tenantId, id],
      );
      if (changed.length === 0)
        throw new Refusal('not_found', 'policy_not_found', `There is no policy with the id ${id}.`);
      const cause = await appendFact(tx, by, this.clock.now(), {
        verb: 'policy.withdrawn',
        subjectKind: 'policy',
        subjectId: id,
        payload: {},
      });
      await this.recomputes.everybody(tx, cause);
    });
  }

  private async writeVersion(tx: Tx, by: Actor, id: string, version: number, input: PolicyInput): Promise<void> {
    const grants = await resolveGrants(tx, input.grants);
    await tx.repository(PolicyVersion).insert({
      tenantId: tx.tenantId,
      policyId: id,
      version,
      condition: input.condition,
      grants,
      createdBy: by.actor,
    });
    const verb = input.publish ? 'policy.published' : 'policy.drafted';
    const cause = await appendFact(tx, by, this.clock.now(), {
      verb,
      subjectKind: 'policy',
      subjectId: id,
      payload: { version, name: input.name, condition: input.condition, grants },
    });
    if (input.publish) await this.recomputes.everybody(tx, cause);
  }
}

async function refuseTakenName(name: string, write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Refusal('conflict', 'policy_name_taken', `There is already a policy named "${name}".`);
  }
}

const conditionFaults = (condition: string): readonly InputFault[] =>
  checkExpression(condition, { variables: IDENTITY_SCHEMA, expects: 'boolean' }).map((fault) => ({
    path: 'condition',
    message: fault.message,
    offset: fault.offset,
    ...(fault.suggestion === undefined ? {} : { suggestion: fault.suggestion }),
  }));

function refuseFaults(faults: readonly InputFault[]): void {
  if (faults.length > 0)
    throw new Refusal(
      'unprocessable',
      'policy_invalid',
      'The policy has mistakes; each is listed with its position.',
      faults,
    );
}

async function resolveGrants(tx: Tx, grants: PolicyInput['grants']): Promise<PolicyGrant[]> {
  const resolved: PolicyGrant[] = [];
  for (const [index, grant] of grants.entries()) {
    const application = await tx.repository(Application).findOneBy({ tenantId: tx.tenantId, id: grant.applicationId });
    if (!application) {
      refuseFaults([
        {
          path: `grants.${index}.applicationId`,
          message: `There is no application with the id ${grant.applicationId}.`,
        },
      ]);
      continue;
    }
    const entitlements = [];
    for (const { kind, name } of grant.entitlements ?? [])
      entitlements.push({ id: await knowEntitlement(tx, application, { kind, name }), kind, name });
    resolved.push({ applicationId: application.id, entitlements });
  }
  return resolved;
}
