import { newId, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import type { Decided } from './holdings.js';
import { Approval, AccessRequest, type RequestState } from '../model/request.entity.js';
import { END_WORDS, type KeepRequest } from './write-grants.js';

const BY: Actor = { actor: 'access', door: 'access' };

/** Ends requests that have lost their ground, with the reason. */
export async function cancelRequests(tx: Tx, decided: readonly Decided[], now: Date): Promise<void> {
  for (const { identity, decision } of decided)
    for (const { id, reason } of decision.requests)
      await closeRequest(
        tx,
        { ...BY, cause: identity.cause ?? undefined },
        { id, identityId: identity.id },
        'cancelled',
        reason,
        now,
      );
}

/** Ends one pending request without an answer, in the caller's transaction; nothing happens to one that is not pending. */
export async function closeRequest(
  tx: Tx,
  by: Actor,
  { id, identityId }: Pick<AccessRequest, 'id' | 'identityId'>,
  state: Exclude<RequestState, 'pending' | 'approved'>,
  reason: string,
  now: Date,
): Promise<boolean> {
  const closed = await tx.query(
    `UPDATE requests SET state = $3, state_reason = $4, decided_at = $5, decided_by = $6
     WHERE tenant_id = $1 AND id = $2 AND state = 'pending' RETURNING id`,
    [tx.tenantId, id, state, reason, now, by.actor],
  );
  if (closed.length === 0) return false;
  await tx.query(
    "UPDATE approvals SET state = 'void', decided_at = $3 WHERE tenant_id = $1 AND request_id = $2 AND state = 'pending'",
    [tx.tenantId, id, now],
  );
  await appendFact(tx, by, now, {
    verb: `access.request_${state}`,
    subjectKind: 'identity',
    subjectId: identityId,
    payload: { requestId: id, reason },
  });
  return true;
}

/** Asks managers whether movers may keep what a policy gave; an admin, where no manager is known who works. */
export async function writeKeepRequests(tx: Tx, asks: readonly KeepRequest[], now: Date): Promise<void> {
  if (asks.length === 0) return;
  const managers = await tx.query<{ id: string }>(
    "SELECT id FROM identities WHERE tenant_id = $1 AND id = ANY($2) AND state IN ('active', 'on_leave')",
    [tx.tenantId, asks.map((ask) => ask.managerId)],
  );
  const working = new Set(managers.map(({ id }) => id));
  for (const { id, identityId, managerId, policyId, policyVersion, answerBy } of asks) {
    const reason = 'The person no longer matches the policy that gave it.';
    await tx.repository(AccessRequest).insert({
      tenantId: tx.tenantId,
      id,
      identityId,
      kind: 'keep',
      policyId,
      policyVersion,
      reason,
      requestedBy: 'access',
      askedAt: now,
      answerBy,
    });
    const approver = managerId !== identityId && working.has(managerId ?? '') ? managerId : null;
    await tx.repository(Approval).insert({
      tenantId: tx.tenantId,
      id: newId(),
      requestId: id,
      approverKind: approver === null ? 'admin' : 'manager',
      approverId: approver,
    });
    await appendFact(tx, BY, now, {
      verb: 'access.keep_asked',
      subjectKind: 'identity',
      subjectId: identityId,
      payload: { requestId: id, policyId, policyVersion, answerBy },
    });
  }
}

/** What was given to a person directly and ends is told, once per person. What policies gave follows from them. */
export async function tellEnds(tx: Tx, decided: readonly Decided[], now: Date): Promise<void> {
  for (const { identity, decision } of decided) {
    const ended = decision.grants.ended.filter(({ grant }) => grant.origin !== 'policy');
    if (ended.length === 0) continue;
    await appendFact(tx, { ...BY, cause: identity.cause ?? undefined }, now, {
      verb: 'access.ended',
      subjectKind: 'identity',
      subjectId: identity.id,
      payload: {
        grants: ended.map(({ grant: { id, applicationId, entitlementId }, reason }) => ({
          id,
          applicationId,
          entitlementId,
          reason: END_WORDS[reason],
        })),
      },
    });
  }
}
