/** What a scan found of what should be there. */
export interface Sightings {
  /** Everything that the application listed. */
  readonly listed: number;
  readonly expectedAccounts: number;
  readonly seenAccounts: number;
  readonly expectedMembers: number;
  readonly seenMembers: number;
}

/** Fewer memberships than these say nothing when half of them are gone. */
const FEW_MEMBERS = 10;

/** Why a scan is not believed, in words; null: it is. An application that answers half is more likely broken than emptied. */
export function judgeScan(seen: Sightings): string | null {
  const { listed, expectedAccounts, seenAccounts, expectedMembers, seenMembers } = seen;
  if (listed === 0 && expectedAccounts > 0)
    return `The application listed nobody, and ${expectedAccounts} accounts should be there.`;
  if (seenAccounts * 2 < expectedAccounts)
    return `Only ${seenAccounts} of the ${expectedAccounts} accounts that should be there were listed.`;
  if (expectedMembers >= FEW_MEMBERS && seenMembers * 2 < expectedMembers)
    return `Only ${seenMembers} of the ${expectedMembers} memberships that should be there were listed.`;
  return null;
}
