import type { ErrorClass } from '@tenure/connectors';

export interface Failure {
  readonly class: ErrorClass;
  readonly retryAfterMs?: number;
}

/** What follows from a failed try. */
export interface RetryVerdict {
  /** False: out of tries, or no try can help; a person must look. */
  readonly again: boolean;
  readonly delayMs: number;
  /** The call may have been carried out, so look before anything is sent. */
  readonly lookFirst: boolean;
  /** A try that says nothing of this account does not count. */
  readonly counts: boolean;
}

export const MAX_ATTEMPTS = 12;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15 * 60_000;
const DEFAULT_RATE_DELAY_MS = 5_000;
/** After a refusal that asks for no wait at all: it would be called in a tight loop. */
const LEAST_RATE_DELAY_MS = 1_000;

const rateDelayMs = ({ retryAfterMs = DEFAULT_RATE_DELAY_MS }: Failure): number =>
  retryAfterMs > 0 ? retryAfterMs : LEAST_RATE_DELAY_MS;

/** Exponential with full jitter in its upper half, so that many that failed together do not return together. */
export function backoffMs(attempts: number, random: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 30));
  return Math.round(ceiling * (0.5 + random / 2));
}

/** Errors that are the application's, when it rests: they say nothing of one account, whose tries then do not count. */
const WHILE_RESTING: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['auth', 'retryable', 'rate_limited']);
/** So is this one; but the application may still act, and so it is waited for, and looked first. */
const UNSETTLED: ErrorClass = 'outcome_unknown';

/** The verdict when the application as a whole rests: its work waits as it is. */
export function decideRetryAt(
  rest: boolean,
  failure: Failure,
  attempts: number,
  settleMs: number,
  random: number,
): RetryVerdict {
  const verdict = decideRetry(failure, attempts, settleMs, random);
  if (!rest) return verdict;
  if (failure.class === UNSETTLED) return { ...verdict, again: true, counts: false };
  return WHILE_RESTING.has(failure.class) ? { ...verdict, again: true, delayMs: 0, counts: false } : verdict;
}

/** The verdict for the `attempts`-th failure in a row (1 for the first). `settleMs`: how long the app may still act. */
export function decideRetry(failure: Failure, attempts: number, settleMs: number, random: number): RetryVerdict {
  const left = attempts < MAX_ATTEMPTS;
  switch (failure.class) {
    case 'rate_limited':
      return { again: true, delayMs: rateDelayMs(failure), lookFirst: false, counts: false };
    case 'auth':
      return { again: true, delayMs: 0, lookFirst: false, counts: false };
    case 'outcome_unknown':
      return {
        again: left,
        delayMs: Math.max(settleMs, backoffMs(attempts - 1, random)),
        lookFirst: true,
        counts: true,
      };
    case 'retryable':
    case 'precondition':
      return {
        again: left,
        delayMs: Math.max(failure.retryAfterMs ?? 0, backoffMs(attempts, random)),
        lookFirst: false,
        counts: true,
      };
    case 'not_found':
      return {
        again: attempts < 3,
        delayMs: Math.max(failure.retryAfterMs ?? 0, backoffMs(attempts, random)),
        lookFirst: true,
        counts: true,
      };
    case 'conflict':
    case 'forbidden':
    case 'invalid':
    case 'unsupported':
    case 'permanent':
      return { again: false, delayMs: 0, lookFirst: false, counts: true };
  }
}

/** How long an application rests after `tries` failures of everything that was tried (1 for the first). */
export const quarantineMs = (tries: number): number => Math.min(60_000, 1_000 * 2 ** Math.min(tries - 1, 10));
