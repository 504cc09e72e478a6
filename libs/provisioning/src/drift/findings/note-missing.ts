import type { Tx } from '@tenure/platform';
import { BEHIND, setsOf, whereEvent } from '@tenure/applications';
import type { LeasedAccount } from '../../backlog/account-leases.js';
import { loseMemberships, writeFindings, type FindingRow } from './drift-store.js';
import type { AccountResult } from '../../reconcile/reconcile-account.js';

interface Called {
  readonly account: LeasedAccount;
  readonly result: AccountResult;
}

/** Its id is known no more, or is another one. */
const hasLostId = ({ account, result }: Called): boolean =>
  account.remoteId !== null && result.remoteId !== undefined && result.remoteId !== account.remoteId;

/** It was there, and was to be there: that a leaver is gone, or comes back under another id, is our own doing. */
const wasGone = (called: Called): boolean =>
  hasLostId(called) && called.account.observed !== null && called.account.desired.enabled;

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
    turns.filter(hasLostId).map(({ account }) => account.id),
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
