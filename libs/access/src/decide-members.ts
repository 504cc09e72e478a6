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

/** Whom and what nothing may be taken from. */
export interface Protection {
  readonly person: boolean;
  /** Accounts that nothing changes at all. */
  readonly accountIds: ReadonlySet<string>;
}

const NONE: Protection = { person: false, accountIds: new Set() };

/**
 * Which memberships of one identity must change. One that several grants justify goes only when the last one goes.
 * `accountOf` knows the identity's account per application.
 */
export function decideMembers(
  grants: readonly DecidedGrant[],
  known: readonly KnownMember[],
  accountOf: ReadonlyMap<string, string>,
  protection: Protection = NONE,
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
    .filter((member) => member.wanted && !wanted.has(member.entitlementId) && !protection.person)
    .map(({ entitlementId, applicationId, accountId }) => ({ entitlementId, applicationId, accountId, wanted: false }));
  return [...coming, ...going].filter(({ accountId }) => !protection.accountIds.has(accountId));
}
