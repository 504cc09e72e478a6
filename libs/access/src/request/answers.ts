import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { LifecycleEvents, type Actor } from '@tenure/journal';
import { hasLeft } from '@tenure/identity';
import { carryOutRequest, denyRequest, type GivenAnswer } from './carry-out-request.js';
import { lockPerson, type Person } from '../store/lock-person.js';
import { PolicyCache } from '../decide/policy-cache.js';
import { AccessRequest, Approval } from '../model/request.entity.js';
import { closeRequest } from '../store/request-store.js';
import { getRequestView, type RequestView } from './request-views.js';
import { decidedAlready, getRequest } from './requests.js';
import { Subject } from '../decide/test-condition.js';

/** An approver's word. */
export interface Answer {
  readonly decision: 'approve' | 'deny';
  readonly reason: string;
  /** Of something that is to be kept: until when; without it, for good. */
  readonly endsAt?: Date | null;
}

/** Answers to requests: each counts once, however many give it at once. */
export class Answers {
  private readonly cache = new PolicyCache();

  constructor(
    private readonly database: Database,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  /** The answer of somebody who was asked: a manager, an owner. */
  async byApprover(
    tenantId: string,
    by: Actor,
    approvalId: string,
    approverId: string,
    answer: Answer,
  ): Promise<RequestView> {
    return this.database.transaction(tenantId, async (tx) => {
      const approval = await tx.repository(Approval).findOneBy({ tenantId, id: approvalId, approverId });
      if (!approval)
        throw new Refusal('approval_not_found', `Nobody asks you for an answer with the id ${approvalId}.`);
      return this.settle(tx, by, approval.requestId, answer, approverId);
    });
  }

  /** An admin's answer, which counts for whomever was asked. */
  async byAdmin(tenantId: string, by: Actor, requestId: string, answer: Answer): Promise<RequestView> {
    return this.database.transaction(tenantId, (tx) => this.settle(tx, by, requestId, answer, null));
  }

  private async settle(
    tx: Tx,
    by: Actor,
    requestId: string,
    answer: Answer,
    approverId: string | null,
  ): Promise<RequestView> {
    const { identityId } = await getRequest(tx, requestId);
    const person = await lockPerson(tx, identityId);
    // Whoever is second waits for the person's lock, and then sees the first answer.
    const request = await getRequest(tx, requestId);
    if (approverId === identityId)
      throw new Refusal('own_request', 'Nobody answers their own request; an administrator can.');
    const wanted = answer.decision === 'approve' ? 'approved' : 'denied';
    if (request.state !== 'pending') {
      if (request.state !== wanted) throw decidedAlready(request.state);
      return getRequestView(tx, requestId);
    }
    await this.carryOut(tx, by, request, person, answer);
    return getRequestView(tx, requestId);
  }

  private async carryOut(tx: Tx, by: Actor, request: AccessRequest, person: Person, answer: Answer): Promise<void> {
    const now = this.clock.now();
    const { reason, endsAt } = answer;
    if (endsAt != null && (request.kind !== 'keep' || endsAt <= now)) {
      const message =
        request.kind === 'keep' ? 'must lie ahead' : 'is not for this: it ends with the minutes that were asked for';
      throw new Refusal('answer_invalid', `endsAt ${message}.`, [{ path: 'endsAt', message }]);
    }
    const given: GivenAnswer = { by, reason, now, endsAt: endsAt ?? null };
    if (answer.decision === 'deny') return denyRequest(tx, given, request, this.events);
    const ground = await this.lostGround(tx, request, person, now);
    if (ground !== null) {
      await closeRequest(tx, by, request, request.answerBy <= now ? 'lapsed' : 'cancelled', ground, now);
      return;
    }
    await carryOutRequest(tx, given, request, this.events);
  }

  /** Why an approval comes too late, if it does: people change while their requests wait. */
  private async lostGround(tx: Tx, request: AccessRequest, person: Person, now: Date): Promise<string | null> {
    if (hasLeft(person)) return 'The person left.';
    if (request.answerBy <= now) return 'Nobody answered in time.';
    if (request.kind === 'keep') return null;
    const policy = (await this.cache.rules(tx)).policiesById.get(request.policyId);
    return policy?.request != null && policy.condition.test(new Subject(person)) === 'yes'
      ? null
      : 'The person may not ask for this any more.';
  }
}
