import type { LeasedAccount } from '../backlog/account-leases.js';
import type { Attempt } from '../attempt/attempt.js';
import type { AccountResult } from './reconcile-account.js';

/** One leased account, what was tried, and how that ended. */
export interface Turn {
  readonly account: LeasedAccount;
  readonly attempt: Attempt;
  readonly result: AccountResult;
}
