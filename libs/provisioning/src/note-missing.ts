import type { Tx } from '@tenure/platform';
import { BEHIND, setsOf, whereEvent } from '@tenure/applications';
import type { LeasedAccount } from './account-leases.js';
import { loseMemberships, writeFindings, type FindingRow } from './drift-store.js';
import type { AccountResult } from './reconcile-account.js';

interface Called {
  readonly account: LeasedAccount;
  readonly result: AccountResult;
}

/** It was there, and a call met nothing; or it was looked for, and made anew. */
const wasGone = ({ account, result }: Called): boolean => {
  if (account.remoteId === null) return false;
  if (result.kind === 'failed' && result.error.errorClass === 'not_found') return true;
  return result.observed !== null && result.observed.id !== account.remoteId;
};

/** Keeps that an account was gone when a call came to it: the engine makes it again, and nobody should have to guess why. */
export async function noteMissing(tx: Tx, applicationId: string, now: Date, turns: readonly Called[]): Promise<void> {
  const gone = turns.filter(wasGone);
  const rows = gone.map(({ account }): FindingRow => ({
    ...{ applicationId, accountId: account.id, identityId: account.identityId, entitlementId: null },
    ...{
      kind: 'missing',
      attribute: '',
      desired: account.desired.enabled,
      applied: null,
      observed: null,
      state: 'reverted',
    },
    cause: 'Somebody deleted the account in the application; it was found gone when it was to be changed.',
    by: 'engine',
  }));
  await writeFindings(tx, null, now, rows);
  await loseMemberships(
    tx,
    gone.map(({ account }) => account.id),
  );
}

/** The application knows no such member: the accounts are looked for, and made again where they are gone. */
export async function lookForMembers(tx: Tx, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await tx.query(
    `UPDATE accounts a SET ${setsOf('missing')}, desired_at = clock_timestamp()
     WHERE tenant_id = $1 AND id = ANY($2) AND ${whereEvent('missing')} AND NOT ${BEHIND} AND (desired->>'enabled')::boolean`,
    [tx.tenantId, accountIds],
  );
}
