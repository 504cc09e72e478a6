import type { ConnectorError } from '@tenure/connectors';
import type { AccountOutcome, LeasedAccount } from '../backlog/account-leases.js';
import type { Mode } from '@tenure/applications';
import { failureOf, InternalFault, Postponed, WritingStopped } from '../attempt/attempt.js';
import type { HeldAction } from '../budget/budgeted-steps.js';
import { decideRetryAt } from '../attempt/decide-retry.js';
import type { AccountResult } from './reconcile-account.js';
import { NotAsWritten, workError } from '../attempt/work-error.js';

/** What outcomes depend on besides the turn itself. */
export interface OutcomeTerms {
  /** The mode under which the turn ran. */
  readonly mode: Mode;
  /** So long (ms) the application may still carry out a call that was not answered. */
  readonly settleMs: number;
  readonly now: Date;
  /** 0 to 1. */
  readonly random: number;
  /** The application as a whole rests after this batch. */
  readonly rest: boolean;
}

/** The shortest pause after a fault of ours. */
const OUTAGE_MS = 1_000;
/** Steps of a leave are due, and the mode carries none out: they are shown as what is withheld. */
const LEAVE_WITHHELD = [{ kind: 'leave' }] as const;

/** What is written for an account after its turn. */
export function decideOutcome(account: LeasedAccount, result: AccountResult, terms: OutcomeTerms): AccountOutcome {
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
    settleMs: 0,
    attempts: 0,
    lookFirst: false,
  };
  switch (result.kind) {
    case 'applied':
      return {
        ...base,
        appliedVersion: account.desiredVersion,
        // Runnable with steps that stay due, it would be leased again and again.
        ...(account.owed && terms.mode !== 'enforce'
          ? { state: 'withheld', plan: LEAVE_WITHHELD }
          : { state: appliedState(account, result) }),
      };
    case 'withheld':
      return { ...base, state: 'withheld', plan: result.plan };
    case 'held':
      return { ...base, state: 'held', plan: result.plan, note: heldNote(result.held ?? []) };
    case 'skipped':
      return { ...base, state: 'skipped', note: result.reason };
    case 'failed':
      return { ...base, ...failedOutcome(account, result.error, terms) };
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
  { settleMs, now, random, rest }: OutcomeTerms,
): Pick<AccountOutcome, 'state' | 'delayMs' | 'settleMs' | 'attempts' | 'lookFirst' | 'error'> {
  // Neither says anything of the account.
  const stopped = error instanceof WritingStopped || (error instanceof InternalFault && error.isOutage);
  const verdict = decideRetryAt(rest || stopped, failureOf(error), attempts + 1, settleMs, random);
  return {
    state: verdict.again ? 'pending' : 'failed',
    delayMs: error instanceof InternalFault ? Math.max(OUTAGE_MS, verdict.delayMs) : verdict.delayMs,
    settleMs: error.errorClass === 'outcome_unknown' ? settleMs : 0,
    attempts: attempts + (verdict.counts ? 1 : 0),
    lookFirst: verdict.lookFirst || isUnread(error) || (lookFirst && error.errorClass !== 'not_found'),
    error: workError(error, now),
  };
}

/** Calls were made, and what they did was not read back. */
const isUnread = (error: ConnectorError): boolean =>
  (error instanceof Postponed && error.midway) || error instanceof NotAsWritten;
