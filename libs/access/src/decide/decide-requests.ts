import { hasLeft } from '@tenure/identity';
import { type ActivePolicy, type DecidingIdentity, type GrantsDecision, type HeldGrant } from './decide-grants.js';
import type { RequestKind } from '../model/request.entity.js';
import { Subject } from './test-condition.js';

/** A request that nobody has answered yet. */
export interface PendingRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly policyId: string;
}

/** A request that ends without an answer, and why, in words for the person who asked. */
export interface CancelledRequest {
  readonly id: string;
  readonly reason: string;
}

/** Which pending requests have lost their ground: the person left, may not ask any more, or has again what was to be kept. */
export function decideRequests(
  identity: DecidingIdentity,
  pending: readonly PendingRequest[],
  policies: ReadonlyMap<string, ActivePolicy>,
  held: readonly HeldGrant[],
  decision: GrantsDecision,
): CancelledRequest[] {
  return pending.flatMap((request) => {
    const reason = hasLeft(identity) ? 'The person left.' : groundless(identity, request, policies, held, decision);
    return reason === null ? [] : [{ id: request.id, reason }];
  });
}

function groundless(
  identity: DecidingIdentity,
  { id, kind, policyId }: PendingRequest,
  policies: ReadonlyMap<string, ActivePolicy>,
  held: readonly HeldGrant[],
  decision: GrantsDecision,
): string | null {
  if (kind === 'keep') {
    const gone = new Set([...decision.changed, ...decision.ended.map(({ grant }) => grant)].map((grant) => grant.id));
    const stillAsked = held.some((grant) => grant.requestId === id && !gone.has(grant.id));
    return stillAsked ? null : 'There is nothing left to decide: the access came back or ended otherwise.';
  }
  const policy = policies.get(policyId);
  if (policy?.request == null) return 'The policy that allowed to ask is not in force any more.';
  return policy.condition.test(new Subject(identity)) === 'yes'
    ? null
    : 'The person no longer satisfies the condition of the policy that allowed to ask.';
}
