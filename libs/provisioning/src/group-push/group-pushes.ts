import { Clock, Database, isUniqueViolation, newId, Queues, Refusal, SlicedWork, type Tx } from '@tenure/platform';
import { getSource, getSourceGroup, SourceGroup } from '@tenure/identity';
import { appendFact, type Actor } from '@tenure/journal';
import { getApplication, knowEntitlement, plainRef } from '@tenure/applications';
import { conditionFaults, Policies, Policy, refuseFaults, RuleChanges, type Held } from '@tenure/access';
import { decideGroupPush, type PushLeft, type PushStep } from './decide-group-push.js';
import { EntitlementOrders, getEntitlement } from '../orders/entitlement-orders.js';
import { GroupPush, type GroupPushEnd } from './group-push.entity.js';

/** A group that is to be in an application. */
export interface NewGroupPush {
  readonly applicationId: string;
  readonly groupId: string;
  /** What the application calls it; absent: as the source does, also when that changes. */
  readonly name?: string;
  readonly kind: string;
  /** CEL over `identity`: only members for whom it is true. */
  readonly condition?: string;
  readonly onEnd: GroupPushEnd;
}

/** A group is in an application once, and by a name that nothing else there has. */
const PUSHED_ONCE = [
  'group_pushes_one',
  'group_pushes_one_entitlement',
  'entitlements_tenant_id_application_id_kind_name_key',
];
const OURS: Actor = { actor: 'group-push', door: 'provisioning' };
/** How long (ms) until something that is waited for is looked at again. */
const AGAIN_MS = 5_000;

/**
 * Groups of sources in applications. Who is a member is given the group by a policy over `identity.groupIds`, so that every
 * other rule of access (budgets, holds, evidence, simulation) holds here too; name and end follow the source.
 */
export class GroupPushes {
  readonly work: SlicedWork;

  constructor(
    private readonly database: Database,
    queues: Queues,
    private readonly policies: Policies,
    private readonly changes: RuleChanges,
    private readonly entitlements: EntitlementOrders,
    private readonly clock: Clock,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'group_push',
      timer: 'group-pushes',
      open: `SELECT tenant_id, id FROM source_groups WHERE untold
             UNION SELECT tenant_id, group_id FROM group_pushes WHERE state <> 'ended' AND due_at <= clock_timestamp()`,
      slice: async (tx, groupId) => {
        await this.follow(tx, groupId);
        return false;
      },
    });
  }

  async begin(tenantId: string, by: Actor, input: NewGroupPush): Promise<GroupPush> {
    const taken = new Refusal('group_pushed', 'The application has this group already, or one of its name.');
    try {
      return await this.database.transaction(tenantId, (tx) => this.beginIn(tx, by, input));
    } catch (error) {
      throw PUSHED_ONCE.some((constraint) => isUniqueViolation(error, constraint)) ? taken : error;
    }
  }

  /** It follows no more: who has it by this push alone leaves it. Held when that takes too much from too many. */
  async end(
    tenantId: string,
    by: Actor,
    id: string,
    onEnd?: GroupPushEnd,
  ): Promise<{ push: GroupPush; held: Held | null }> {
    const { policyId } = await this.database.transaction(tenantId, async (tx) => {
      const push = await lockPush(tx, id);
      if (push.state === 'ended') return push;
      const change = { state: 'ending' as const, dueAt: this.clock.now(), ...(onEnd && { onEnd }) };
      await tx.repository(GroupPush).update({ tenantId, id }, change);
      await this.tell(tx, by, 'application.group_push_ending', push, {});
      return push;
    });
    const held = await this.policies.withdraw(tenantId, by, policyId);
    return this.database.transaction(tenantId, async (tx) => {
      const push = await getGroupPush(tx, id);
      this.work.announce(tx, push.groupId);
      return { push, held };
    });
  }

  private async beginIn(tx: Tx, by: Actor, input: NewGroupPush): Promise<GroupPush> {
    if (input.condition !== undefined) refuseFaults(conditionFaults(input.condition));
    const group = await getSourceGroup(tx, input.groupId);
    const source = await getSource(tx, group.sourceId);
    const application = await getApplication(tx, input.applicationId);
    const [id, entitlement] = [newId(), plainRef({ kind: input.kind, name: input.name ?? group.name })];
    const member = `"${group.id}" in identity.groupIds`;
    // The tail of the id makes two names out of one group of two applications of one name.
    const name = `Group push: ${group.name} (${source.name}) → ${application.name} ${id.slice(-6)}`.slice(-200);
    const { id: policyId } = await this.policies.createIn(tx, by, {
      name,
      condition: input.condition === undefined ? member : `(${input.condition}) && ${member}`,
      grants: [{ applicationId: application.id, entitlements: [entitlement] }],
      publish: true,
    });
    // The policy has made it known.
    const entitlementId = await knowEntitlement(tx, application, entitlement);
    const push = {
      ...{ tenantId: tx.tenantId, id, applicationId: application.id, sourceId: source.id, groupId: group.id },
      ...{ entitlementId, policyId, followsName: input.name === undefined, onEnd: input.onEnd },
      createdAt: this.clock.now(),
    };
    await tx.repository(GroupPush).insert(push);
    await this.tell(tx, by, 'application.group_pushed', push, { entitlement, policyId });
    return getGroupPush(tx, id);
  }

  /** What the source says of a group now, carried to every application that has it. */
  private async follow(tx: Tx, groupId: string): Promise<void> {
    const of = { tenantId: tx.tenantId, id: groupId };
    await tx.query('SELECT FROM source_groups WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, groupId]);
    const group = await tx.repository(SourceGroup).findOneBy(of);
    if (group === null) return;
    const pushes = await tx.query<{ id: string }>(
      "SELECT id FROM group_pushes WHERE tenant_id = $1 AND group_id = $2 AND state <> 'ended' ORDER BY id",
      [tx.tenantId, groupId],
    );
    let open = false;
    for (const { id } of pushes) if ((await this.followOne(tx, group, id)) === 'open') open = true;
    if (group.deletedAt !== null && !open) await tx.repository(SourceGroup).delete(of);
    else if (group.untold) await tx.repository(SourceGroup).update(of, { untold: false });
  }

  private async followOne(tx: Tx, group: SourceGroup, id: string): Promise<'open' | 'ended'> {
    const push = await lockPush(tx, id);
    const of = { tenantId: tx.tenantId, id };
    const { name: appliedName } = await getEntitlement(tx, push.entitlementId);
    const now = { name: group.name, isDeleted: group.deletedAt !== null };
    const step = decideGroupPush(push, now, appliedName, await leftOf(tx, push));
    const ending = step.kind === 'wait' || step.kind === 'end' ? ('ending' as const) : push.state;
    const note = await this.carryOut(tx, push, step);
    const ended = step.kind === 'end';
    await tx.repository(GroupPush).update(of, {
      state: ended ? 'ended' : ending,
      note,
      dueAt: step.kind === 'wait' ? new Date(this.clock.now().getTime() + AGAIN_MS) : null,
      ...(ended && { endedAt: this.clock.now() }),
    });
    return ended ? 'ended' : 'open';
  }

  /** Does what was decided; returns what there is to say of it. */
  private async carryOut(tx: Tx, push: GroupPush, step: PushStep): Promise<string | null> {
    if (step.kind === 'wait') return step.for;
    if (step.kind === 'rename') return this.rename(tx, push, step.name);
    if (step.kind !== 'end') return push.note;
    const policy = await tx.repository(Policy).findOneBy({ tenantId: tx.tenantId, id: push.policyId });
    // Nobody is granted anything by it any more, so this takes nothing from anybody.
    if (policy?.publishedVersion != null)
      await this.changes.apply(tx, OURS, { kind: 'policy_withdraw', policyId: push.policyId });
    await this.tell(tx, OURS, 'application.group_push_ended', push, { deletes: step.deletes });
    return step.deletes ? this.remove(tx, push) : null;
  }

  private async rename(tx: Tx, push: GroupPush, name: string): Promise<string | null> {
    const taken = await tx.query(
      `SELECT FROM entitlements e JOIN entitlements own ON own.tenant_id = e.tenant_id AND own.application_id = e.application_id AND own.kind = e.kind
       WHERE own.tenant_id = $1 AND own.id = $2 AND e.name = $3 AND e.id <> own.id`,
      [tx.tenantId, push.entitlementId, name],
    );
    if (taken.length > 0)
      return `The source calls it "${name}" now, and the application has another group of that name.`;
    await this.entitlements.renameIn(tx, OURS, push.entitlementId, name);
    return null;
  }

  private async remove(tx: Tx, push: GroupPush): Promise<string | null> {
    try {
      await this.entitlements.removeIn(tx, OURS, push.entitlementId);
      return null;
    } catch (error) {
      // Refused before anything is written: another policy or a person gives it too.
      if (!(error instanceof Refusal)) throw error;
      return `It stays in the application. ${error.message}`;
    }
  }

  private async tell(
    tx: Tx,
    by: Actor,
    verb: string,
    {
      id,
      applicationId,
      sourceId,
      groupId,
      entitlementId,
    }: Pick<GroupPush, 'id' | 'applicationId' | 'sourceId' | 'groupId' | 'entitlementId'>,
    besides: object,
  ): Promise<void> {
    const payload = { groupPushId: id, sourceId, groupId, entitlementId, ...besides };
    await appendFact(tx, by, this.clock.now(), { verb, subjectKind: 'application', subjectId: applicationId, payload });
  }
}

/** A group push of the tenant, or a refusal. */
export async function getGroupPush(tx: Tx, id: string): Promise<GroupPush> {
  const found = await tx.repository(GroupPush).findOneBy({ tenantId: tx.tenantId, id });
  if (!found) throw new Refusal('group_push_not_found', `There is no group push with the id ${id}.`);
  return found;
}

async function lockPush(tx: Tx, id: string): Promise<GroupPush> {
  await tx.query('SELECT FROM group_pushes WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
  return getGroupPush(tx, id);
}

async function leftOf(tx: Tx, { policyId, entitlementId }: GroupPush): Promise<PushLeft> {
  const [left] = await tx.query<PushLeft>(
    `SELECT EXISTS (SELECT FROM grants WHERE tenant_id = $1 AND entitlement_id = $3 AND policy_id = $2 AND ended_at IS NULL) AS granted,
       EXISTS (SELECT FROM entitlement_members WHERE tenant_id = $1 AND entitlement_id = $3 AND (wanted OR held IS DISTINCT FROM false)) AS held`,
    [tx.tenantId, policyId, entitlementId],
  );
  return left ?? { granted: true, held: true };
}
