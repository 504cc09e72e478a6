import type { ConnectorError } from '@tenure/connectors';
import type { AccountOutcome, LeasedAccount } from './account-leases.js';
import { failureOf, Postponed, WritingStopped } from './attempt.js';
import type { HeldAction } from './budgeted-steps.js';
import { decideRetryAt } from './decide-retry.js';
import type { AccountResult } from './reconcile-account.js';
import { NotAsWritten, workError } from './work-error.js';

/** What is written for an account after its turn. */
export function decideOutcome(
  account: LeasedAccount,
  result: AccountResult,
  settleMs: number,
  now: Date,
  random: number,
  /** The application as a whole rests after this batch. */
  rest = false,
): AccountOutcome {
  const base = {
    id: account.id,
    fence: account.fence,
    ofVersion: account.desiredVersion,
    applied: account.desired,
    observed: result.observed,
    remoteId: remoteIdAfter(account, result),
    plan: null,
    note: null,
    error: null,
    delayMs: 0,
    attempts: 0,
    lookFirst: false,
  };
  switch (result.kind) {
    case 'applied':
      return {
        ...base,
        appliedVersion: account.desiredVersion,
        state: appliedState(account, result),
        runnable: true,
      };
    case 'withheld':
      return { ...base, state: 'withheld', runnable: false, plan: result.plan };
    case 'held':
      return { ...base, state: 'held', runnable: false, plan: result.plan, note: heldNote(result.held ?? []) };
    case 'skipped':
      return { ...base, state: 'skipped', runnable: false, note: result.reason };
    case 'failed':
      return { ...base, ...failedOutcome(account, result.error, settleMs, now, random, rest) };
  }
}

/** As the turn left it; a result that does not say keeps what is known, unless the account is gone. */
function remoteIdAfter(account: LeasedAccount, { observed, remoteId, ...result }: AccountResult): string | null {
  if (observed !== null || remoteId !== undefined) return observed?.id ?? remoteId ?? null;
  return result.kind === 'failed' && result.error.errorClass !== 'not_found' ? account.remoteId : null;
}

/** Which budgets keep it back, and what they saw. */
const heldNote = (held: readonly HeldAction[]): string =>
  held
    .map(({ action, excess: { window, limit, spent, population } }) => {
      const budget = `${limit.count} and ${limit.percent} % of ${population} in any ${window}`;
      return `The safety budget for ${action} (${budget}) is used up: ${spent} were done.`;
    })
    .join(' ');

/** One that a leave has deleted is neither usable nor there; one that only does not read has an id still. */
function appliedState(account: LeasedAccount, result: AccountResult): AccountOutcome['state'] {
  if (account.desired.enabled) return 'active';
  return remoteIdAfter(account, result) === null && account.remoteId !== null ? 'deleted' : 'disabled';
}

/** What stops between two calls is looked at first when it goes on: the last one was not read back. */
function failedOutcome(
  { attempts, lookFirst }: LeasedAccount,
  error: ConnectorError,
  settleMs: number,
  now: Date,
  random: number,
  rest: boolean,
): Pick<AccountOutcome, 'state' | 'runnable' | 'delayMs' | 'attempts' | 'lookFirst' | 'error'> {
  const stopped = error instanceof WritingStopped;
  const verdict = decideRetryAt(rest || stopped, failureOf(error), attempts + 1, settleMs, random);
  return {
    state: verdict.again ? 'pending' : 'failed',
    runnable: verdict.again,
    delayMs: verdict.delayMs,
    attempts: attempts + (verdict.counts ? 1 : 0),
    lookFirst:
      verdict.lookFirst ||
      (error instanceof Postponed && error.midway) ||
      error instanceof NotAsWritten ||
      (lookFirst && error.errorClass !== 'not_found'),
    error: workError(error, now),
  };
}
