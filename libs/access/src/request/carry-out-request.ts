import { newId, type Tx } from '@tenure/platform';
import { appendFact, LifecycleEvents, type Actor } from '@tenure/journal';
import { markBehind } from '../store/access-store.js';
import { Grant } from '../model/grant.entity.js';
import { AccessRequest } from '../model/request.entity.js';

/** Somebody's answer, and when it came. */
export interface GivenAnswer {
  readonly by: Actor;
  readonly reason: string | null;
  readonly now: Date;
  /** For something that is to be kept: until when; null: without end. */
  readonly endsAt?: Date | null;
}

const MINUTE_MS = 60_000;

/** Turns an approved request into grants. The caller has locked the person and the request, which is pending. */
export async function carryOutRequest(
  tx: Tx,
  answer: GivenAnswer,
  request: AccessRequest,
  events: LifecycleEvents,
): Promise<void> {
  const { by, reason, now } = answer;
  const { id, identityId, kind } = request;
  await settle(tx, answer, request, 'approved');
  const cause = await appendFact(tx, by, now, {
    verb: kind === 'keep' ? 'access.kept' : 'access.granted',
    subjectKind: 'identity',
    subjectId: identityId,
    payload: { requestId: id, answer: reason, ...(answer.endsAt !== undefined && { endsAt: answer.endsAt }) },
  });
  if (kind === 'keep') await keep(tx, answer, request, cause);
  else await give(tx, answer, request, cause);
  await markBehind(tx, [identityId], { cause, urgent: false });
  tx.afterCommit(() => events.again(tx.tenantId, false, [identityId]));
}

/** Writes a refusal. What was only kept until the answer ends with it. */
export async function denyRequest(
  tx: Tx,
  answer: GivenAnswer,
  request: AccessRequest,
  events: LifecycleEvents,
): Promise<void> {
  const { by, reason, now } = answer;
  const { id, identityId, kind } = request;
  await settle(tx, answer, request, 'denied');
  const fact = { subjectKind: 'identity', subjectId: identityId, payload: { requestId: id, answer: reason } } as const;
  const cause = await appendFact(tx, by, now, { verb: 'access.request_denied', ...fact });
  if (kind !== 'keep') return;
  await tx.query(
    "UPDATE grants SET ends_at = $3 WHERE tenant_id = $1 AND request_id = $2 AND origin = 'policy' AND ended_at IS NULL",
    [tx.tenantId, id, now],
  );
  await markBehind(tx, [identityId], { cause, urgent: true });
  tx.afterCommit(() => events.again(tx.tenantId, true, [identityId]));
}

async function settle(
  tx: Tx,
  { by, reason, now }: GivenAnswer,
  { id }: AccessRequest,
  state: 'approved' | 'denied',
): Promise<void> {
  const { tenantId } = tx;
  const decided = { state, decidedAt: now, decidedBy: by.actor };
  await tx.repository(AccessRequest).update({ tenantId, id }, { ...decided, stateReason: reason });
  await tx.query(
    "UPDATE approvals SET state = $3, decided_at = $4, decided_by = $5, reason = $6 WHERE tenant_id = $1 AND request_id = $2 AND state = 'pending'",
    [tenantId, id, state, now, by.actor, reason],
  );
}

async function give(tx: Tx, { by, now }: GivenAnswer, request: AccessRequest, cause: string): Promise<void> {
  const { tenantId, id, identityId, applicationId, entitlementId, policyId, policyVersion, minutes, reason } = request;
  if (applicationId === null || minutes === null) throw new Error('a request for access names no access');
  const endsAt = new Date(now.getTime() + minutes * MINUTE_MS);
  await tx.repository(Grant).insert({
    tenantId,
    id: newId(),
    identityId,
    applicationId,
    entitlementId,
    origin: 'request',
    policyId,
    policyVersion,
    cause,
    since: now,
    startsAt: now,
    endsAt,
    reason,
    grantedBy: by.actor,
    requestId: id,
  });
}

/** What ran out with the overlap is the person's own now. */
const keep = (
  tx: Tx,
  { by, reason, endsAt = null }: GivenAnswer,
  { id }: AccessRequest,
  cause: string,
): Promise<object[]> =>
  tx.query(
    `UPDATE grants SET origin = 'request', ends_at = $3, reason = $4, granted_by = $5, cause = $6
     WHERE tenant_id = $1 AND request_id = $2 AND origin = 'policy' AND ended_at IS NULL`,
    [tx.tenantId, id, endsAt, reason, by.actor, cause],
  );
