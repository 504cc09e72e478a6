import type { Tx } from '@tenure/platform';
import type { LeasedAccount } from './account-leases.js';
import { loseMemberships, writeFindings, type FindingRow } from './drift-store.js';
import type { AccountResult } from './reconcile-account.js';

/** Keeps that an account was gone when a call came to it: the engine makes it again, and nobody should have to guess why. */
export async function noteMissing(
  tx: Tx,
  applicationId: string,
  now: Date,
  turns: readonly { readonly account: LeasedAccount; readonly result: AccountResult }[],
): Promise<void> {
  const gone = turns.filter(
    ({ account, result }) =>
      account.remoteId !== null && result.kind === 'failed' && result.error.errorClass === 'not_found',
  );
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
