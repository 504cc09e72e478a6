import { Clock, Database, newId, Refusal, type Tx } from '@tenure/platform';
import { appendFact, LifecycleEvents, type Actor } from '@tenure/journal';
import { hasLeft } from '@tenure/identity';
import { getApplication, knowEntitlement, type EntitlementRef } from '@tenure/applications';
import { markBehind } from '../store/access-store.js';
import { Grant } from '../model/grant.entity.js';
import { lockPerson } from '../store/lock-person.js';

/** What an admin gives to one person directly, and why. */
export interface NewGrant {
  readonly identityId: string;
  readonly applicationId: string;
  /** Absent: the account alone. */
  readonly entitlement?: EntitlementRef;
  readonly reason: string;
  readonly startsAt?: Date;
  /** Absent: until somebody ends it, or the person leaves. */
  readonly endsAt?: Date;
}

/** Access that one person is given directly, with a reason, a start and an end. */
export class Grants {
  constructor(
    private readonly database: Database,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  give(tenantId: string, by: Actor, input: NewGrant): Promise<Grant> {
    return this.database.transaction(tenantId, (tx) => this.giveIn(tx, by, input));
  }

  async giveIn(tx: Tx, by: Actor, input: NewGrant): Promise<Grant> {
    const { tenantId } = tx;
    const now = this.clock.now();
    refuseTimes(input.startsAt ?? null, input.endsAt ?? null, now);
    const person = await lockPerson(tx, input.identityId);
    if (hasLeft(person))
      throw new Refusal('identity_left', 'The person has left; access can be given again after a rehire.');
    const application = await getApplication(tx, input.applicationId);
    const entitlementId = input.entitlement ? await knowEntitlement(tx, application, input.entitlement) : null;
    const { identityId, applicationId, reason, startsAt = null, endsAt = null } = input;
    const id = newId();
    const cause = await this.tell(tx, by, 'access.granted', identityId, {
      grantId: id,
      applicationId,
      entitlement: input.entitlement ?? null,
      reason,
      startsAt,
      endsAt,
    });
    await tx.repository(Grant).insert({
      tenantId,
      id,
      identityId,
      applicationId,
      entitlementId,
      origin: 'admin',
      cause,
      since: now,
      startsAt,
      endsAt,
      reason,
      grantedBy: by.actor,
    });
    await this.look(tx, identityId, cause, false);
    return getGrant(tx, id);
  }

  /** Moves the end of a grant; null: it has no end any more. */
  async extend(
    tenantId: string,
    by: Actor,
    id: string,
    { endsAt, reason }: { readonly endsAt: Date | null; readonly reason: string },
  ): Promise<Grant> {
    return this.database.transaction(tenantId, async (tx) => {
      const grant = await this.openGrant(tx, id);
      refuseTimes(grant.startsAt, endsAt, this.clock.now());
      const before = { endsAt: grant.endsAt };
      const payload = { grantId: id, before, after: { endsAt }, reason };
      const cause = await this.tell(tx, by, 'access.extended', grant.identityId, payload);
      await tx.repository(Grant).update({ tenantId, id }, { endsAt, cause });
      await this.look(tx, grant.identityId, cause, false);
      return getGrant(tx, id);
    });
  }

  /** Ends a grant now. Ending one that has ended changes nothing. */
  async end(tenantId: string, by: Actor, id: string, { reason }: { readonly reason: string }): Promise<Grant> {
    return this.database.transaction(tenantId, async (tx) => {
      const known = await getGrant(tx, id);
      if (known.endedAt !== null) return known;
      const grant = await this.openGrant(tx, id);
      const cause = await this.tell(tx, by, 'access.ended', grant.identityId, { grantId: id, reason });
      const change = { endedAt: this.clock.now(), endReason: reason, cause };
      await tx.repository(Grant).update({ tenantId, id }, change);
      await this.look(tx, grant.identityId, cause, true);
      return getGrant(tx, id);
    });
  }

  /** A direct grant that has not ended, its person locked. */
  private async openGrant(tx: Tx, id: string): Promise<Grant> {
    const { identityId } = await getGrant(tx, id);
    await lockPerson(tx, identityId);
    const grant = await getGrant(tx, id);
    if (grant.origin === 'policy')
      throw new Refusal(
        'grant_of_policy',
        'This grant follows from a policy; change the policy, or give the person a grant of its own.',
      );
    if (grant.endedAt !== null || (grant.endsAt !== null && grant.endsAt <= this.clock.now()))
      throw new Refusal('grant_ended', 'The grant has ended; give a new one.');
    return grant;
  }

  private tell(tx: Tx, by: Actor, verb: string, subjectId: string, payload: object): Promise<string> {
    return appendFact(tx, by, this.clock.now(), { verb, subjectKind: 'identity', subjectId, payload });
  }

  private async look(tx: Tx, identityId: string, cause: string, urgent: boolean): Promise<void> {
    await markBehind(tx, [identityId], { cause, urgent });
    tx.afterCommit(() => this.events.again(tx.tenantId, urgent, [identityId]));
  }
}

/** A grant of the tenant, or a refusal. */
export async function getGrant(tx: Tx, id: string): Promise<Grant> {
  const grant = await tx.repository(Grant).findOneBy({ tenantId: tx.tenantId, id });
  if (!grant) throw new Refusal('grant_not_found', `There is no grant with the id ${id}.`);
  return grant;
}

function refuseTimes(startsAt: Date | null, endsAt: Date | null, now: Date): void {
  const message =
    endsAt === null
      ? null
      : endsAt <= now
        ? 'must lie ahead: an end in the past would never be seen'
        : startsAt !== null && endsAt <= startsAt
          ? 'must come after startsAt'
          : null;
  if (message !== null) throw new Refusal('grant_invalid', `endsAt ${message}.`, [{ path: 'endsAt', message }]);
}
