import { Clock, Database, isUniqueViolation, Refusal, type Tx } from '@tenure/platform';
import { Application, Entitlement, WorkHints } from '@tenure/applications';
import { appendFact, type Actor } from '@tenure/journal';
import { RESUMED } from '../backlog/entitlement-leases.js';

/** A person's word on what an application grants: another name, or that it is to go. */
export class EntitlementOrders {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** The group keeps its members and gets another name, here at once and in the application as soon as it can be written. */
  async rename(tenantId: string, by: Actor, id: string, name: string): Promise<Entitlement> {
    try {
      return await this.database.transaction(tenantId, (tx) => this.renameIn(tx, by, id, name));
    } catch (error) {
      if (!isUniqueViolation(error, 'entitlements_tenant_id_application_id_kind_name_key')) throw error;
      throw new Refusal('entitlement_name_taken', `The application has another entitlement named "${name}".`);
    }
  }

  /** Deletes it in the application. Refused while anybody holds it, or a policy in force gives it. */
  remove(tenantId: string, by: Actor, id: string): Promise<Entitlement> {
    return this.database.transaction(tenantId, (tx) => this.removeIn(tx, by, id));
  }

  renameIn(tx: Tx, by: Actor, id: string, name: string): Promise<Entitlement> {
    return this.change(tx, by, id, 'renamed', { name: name.normalize('NFC'), error: null });
  }

  removeIn(tx: Tx, by: Actor, id: string): Promise<Entitlement> {
    return this.change(tx, by, id, 'removed', { removedAt: this.clock.now(), error: null });
  }

  private async change(
    tx: Tx,
    by: Actor,
    id: string,
    word: 'renamed' | 'removed',
    change: Partial<Entitlement>,
  ): Promise<Entitlement> {
    const { tenantId } = tx;
    const before = await lockEntitlement(tx, id);
    if (word === 'removed') await refuseWhileGiven(tx, id);
    const resumed = { ...change, runnable: true, attempts: 0 };
    // What was never in the application is gone at once.
    const state = word === 'removed' && before.remoteId === null ? ('deleted' as const) : ('ready' as const);
    await tx.query(`UPDATE entitlements e SET ${RESUMED} WHERE e.tenant_id = $1 AND e.id = $2`, [tenantId, id]);
    await tx.repository(Entitlement).update({ tenantId, id }, { ...change, state });
    await appendFact(tx, by, this.clock.now(), {
      verb: `entitlement.${word}`,
      subjectKind: 'application',
      subjectId: before.applicationId,
      payload: { entitlementId: id, kind: before.kind, before: before.name, after: change.name ?? null },
    });
    const { applicationId, shard } = before;
    const application = await tx.repository(Application).findOneBy({ tenantId, id: applicationId });
    if (application)
      this.hints.announce(tx, { tenantId, applicationId, connector: application.connector, shard, urgent: false });
    return { ...before, ...resumed, state };
  }
}

/** An entitlement of the tenant, or a refusal. */
export async function getEntitlement(tx: Tx, id: string): Promise<Entitlement> {
  const found = await tx.repository(Entitlement).findOneBy({ tenantId: tx.tenantId, id });
  if (!found) throw new Refusal('entitlement_not_found', `There is no entitlement with the id ${id}.`);
  return found;
}

async function lockEntitlement(tx: Tx, id: string): Promise<Entitlement> {
  await tx.query('SELECT FROM entitlements WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
  return getEntitlement(tx, id);
}

async function refuseWhileGiven(tx: Tx, id: string): Promise<void> {
  const [given] = await tx.query<{ held: boolean; policy: string | null }>(
    `SELECT EXISTS (SELECT FROM grants WHERE tenant_id = $1 AND entitlement_id = $2 AND ended_at IS NULL) AS held,
       (SELECT p.name FROM policies p JOIN policy_versions v ON v.tenant_id = p.tenant_id AND v.policy_id = p.id AND v.version = p.published_version
        WHERE p.tenant_id = $1 AND v.grants @> jsonb_build_array(jsonb_build_object('entitlements', jsonb_build_array(jsonb_build_object('id', $2::text))))
        LIMIT 1) AS policy`,
    [tx.tenantId, id],
  );
  if (given?.policy != null)
    throw new Refusal('entitlement_in_use', `The policy "${given.policy}" gives it; change the policy first.`);
  if (given?.held === true) throw new Refusal('entitlement_in_use', 'Somebody is granted it; end those grants first.');
}
