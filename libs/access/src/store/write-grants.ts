import { newId } from '@tenure/platform';
import type { GrantWrites } from './access-store.js';
import type { EndReason } from '../decide/decide-grants.js';
import type { Decided } from './holdings.js';

/** A question to the manager: may a mover keep what a policy gave? */
export interface KeepRequest {
  readonly id: string;
  readonly identityId: string;
  readonly managerId: string | null;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly answerBy: Date;
}

/** Why a grant ended, in words for the person who asks. */
export const END_WORDS: Readonly<Record<EndReason, string>> = {
  left: 'The person left.',
  unmatched: 'The person no longer matches the policy.',
  policy_changed: 'The policy was changed or withdrawn.',
  overlap_over: 'The overlap after the move is over.',
  over: 'Its time is over.',
};

/** One question per person and policy, whatever the policy gave. */
export function keepRequestsOf(decided: readonly Decided[], now: Date): KeepRequest[] {
  return decided.flatMap(({ identity, decision }) => {
    const asked = decision.grants.changed.filter((grant) => grant.ask && grant.endsAt !== null);
    const byPolicy = new Map(asked.map((grant) => [grant.policyId, grant]));
    return [...byPolicy.values()].map(({ policyId, policyVersion, endsAt }) => ({
      id: newId(),
      identityId: identity.id,
      managerId: identity.managerId,
      policyId,
      policyVersion,
      answerBy: endsAt ?? now,
    }));
  });
}

/** All changes of grants of one batch of people. */
export function grantWritesOf(decided: readonly Decided[], asks: readonly KeepRequest[]): GrantWrites {
  const asked = new Map(asks.map((ask) => [`${ask.identityId}|${ask.policyId}`, ask.id]));
  const ended = decided.flatMap(({ decision }) => decision.grants.ended);
  return {
    added: decided.flatMap(({ identity, decision }) =>
      decision.grants.added.map((grant) => ({ ...grant, identityId: identity.id, cause: identity.cause })),
    ),
    changed: decided.flatMap(({ identity, decision }) =>
      decision.grants.changed.map(({ id, policyId, policyVersion, endsAt, ask }) => ({
        id,
        policyVersion,
        endsAt,
        requestId: ask ? (asked.get(`${identity.id}|${policyId}`) ?? null) : null,
      })),
    ),
    removedIds: ended.filter(({ grant }) => grant.origin === 'policy').map(({ grant }) => grant.id),
    ended: ended
      .filter(({ grant }) => grant.origin !== 'policy')
      .map(({ grant, reason }) => ({ id: grant.id, reason: END_WORDS[reason] })),
  };
}
