import type { DecidedGrant } from './decide-grants.js';

/** A membership as wanted until now. */
export interface KnownMember {
  readonly accountId: string;
  readonly applicationId: string;
  readonly entitlementId: string;
  readonly wanted: boolean;
}

/** A membership whose `wanted` must become another one. */
export interface MemberDecision {
  readonly entitlementId: string;
  readonly applicationId: string;
  readonly accountId: string;
  readonly wanted: boolean;
}

/**
 * Which memberships of one identity must change. One that several grants justify goes only when the last one goes.
 * `accountOf` knows the identity's account per application; nothing at all changes an account that is `untouchable`.
 */
export function decideMembers(
  grants: readonly DecidedGrant[],
  known: readonly KnownMember[],
  accountOf: ReadonlyMap<string, string>,
  untouchable: ReadonlySet<string> = new Set(),
): MemberDecision[] {
  const wanted = new Map(
    grants.flatMap(({ entitlementId, applicationId }) =>
      entitlementId === null ? [] : [[entitlementId, applicationId]],
    ),
  );
  const held = new Set(known.filter((member) => member.wanted).map((member) => member.entitlementId));
  const coming = [...wanted].flatMap(([entitlementId, applicationId]) => {
    const accountId = accountOf.get(applicationId);
    return accountId === undefined || held.has(entitlementId)
      ? []
      : [{ entitlementId, applicationId, accountId, wanted: true }];
  });
  const going = known
    .filter((member) => member.wanted && !wanted.has(member.entitlementId))
    .map(({ entitlementId, applicationId, accountId }) => ({ entitlementId, applicationId, accountId, wanted: false }));
  return [...coming, ...going].filter(({ accountId }) => !untouchable.has(accountId));
}
