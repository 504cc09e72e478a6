import type { Because } from '@tenure/applications';
import type { GrantsDecision, HeldGrant } from './decide-grants.js';

/** Why somebody has an account in an application, and what no longer justifies it: the evidence of what is desired. */
export function reasonsOf(
  applicationId: string,
  { holds, ended }: Pick<GrantsDecision, 'holds' | 'ended'>,
  held: readonly HeldGrant[],
  now: Date,
): readonly Because[] {
  const over = new Set(ended.map(({ grant }) => grant.id));
  const policies = new Map<string, Because>();
  for (const { applicationId: of, policyId, policyVersion } of holds)
    if (of === applicationId && policyId !== null)
      policies.set(policyId, { grantId: null, policyId, policyVersion, requestId: null, ended: null });
  const given = held.filter(
    (grant) => grant.origin !== 'policy' && !over.has(grant.id) && (grant.startsAt === null || grant.startsAt <= now),
  );
  return [
    ...policies.values(),
    ...given.filter((grant) => grant.applicationId === applicationId).map((grant) => becauseOf(grant, null)),
    ...ended
      .filter(({ grant }) => grant.applicationId === applicationId)
      .map(({ grant, reason }) => becauseOf(grant, reason)),
  ];
}

const becauseOf = ({ id, origin, policyId, policyVersion, requestId }: HeldGrant, ended: string | null): Because => ({
  grantId: origin === 'policy' ? null : id,
  policyId,
  policyVersion,
  requestId,
  ended,
});
