import type { LeasedAccount } from './account-leases.js';
import type { Attempt } from './attempt.js';
import type { AccountResult } from './reconcile-account.js';

/** One leased account, what was tried, and how that ended. */
export interface Turn {
  readonly account: LeasedAccount;
  readonly attempt: Attempt;
  readonly result: AccountResult;
}
