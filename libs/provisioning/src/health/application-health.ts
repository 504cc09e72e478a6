import { newId } from '@tenure/platform';
import { UNPACED, type Call, type Connector, type ConnectorError, type ErrorClass } from '@tenure/connectors';
import { signalAfter } from '../attempt/signal-after.js';
import { classify, Postponed, WritingStopped } from '../attempt/attempt.js';
import type { Tally } from './health-window.js';
import type { PaceLane } from '../attempt/pace-lane.js';

/** What one batch tells about its application. */
export type HealthVerdict =
  | { readonly kind: 'well' }
  | { readonly kind: 'unclear' }
  /** Nothing got through: it, or these accounts? A probe tells. */
  | { readonly kind: 'suspect'; readonly reason: string }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'quarantine'; readonly reason: string };

export type SettledVerdict = Exclude<HealthVerdict, { kind: 'suspect' }>;

const PROBE_TIMEOUT_MS = 5_000;
/** With less time (ms) left of the lease a probe would tell nothing. */
const LEAST_FOR_A_PROBE_MS = 1_000;

/** Errors of which the application is the cause, whatever account it was. */
const ITS_OWN: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['retryable', 'outcome_unknown', 'auth']);
const isItsOwn = (error: ConnectorError): boolean => !(error instanceof Postponed) && ITS_OWN.has(error.errorClass);

/** What got through: also what the application refused, for it answered. */
export const tallyOf = (successes: number, errors: readonly ConnectorError[]): Tally => ({
  through: successes + errors.filter((error) => !(error instanceof Postponed) && !isItsOwn(error)).length,
  failed: errors.filter(isItsOwn).length,
});

/**
 * Quarantine at once when the credentials are refused; suspicion when nothing of a batch got through. `blockedMs`: how long
 * the application asked to be left alone, by a 429 or by an answer that said that its limit is used up.
 */
export function judgeHealth(successes: number, errors: readonly ConnectorError[], blockedMs = 0): HealthVerdict {
  const auth = errors.find((error) => error.errorClass === 'auth');
  if (auth) return { kind: 'quarantine', reason: auth.message };
  if (blockedMs > 0) return { kind: 'pause', ms: blockedMs };
  if (successes > 0) return { kind: 'well' };
  const [first] = errors;
  return first !== undefined && errors.every(isItsOwn)
    ? { kind: 'suspect', reason: first.message }
    : { kind: 'unclear' };
}

/** Asks the application itself, where it may be asked: null when it answers with the configured credentials. */
export async function probe(
  connector: Connector,
  lane: PaceLane | null = null,
  mayCall: () => Promise<boolean> = () => Promise.resolve(true),
  timeoutMs = PROBE_TIMEOUT_MS,
): Promise<ConnectorError | null> {
  if (!(await mayCall())) return new WritingStopped(false);
  const until = performance.now() + timeoutMs;
  const call: Call = {
    ...UNPACED,
    ...(lane && { pace: (of) => lane.pace(of, until), limits: (hint) => lane.limits(hint) }),
    signal: signalAfter(timeoutMs),
    idempotencyKey: newId(),
    record: () => undefined,
  };
  return connector.test(call).then(() => null, classify);
}

/** What a probe may do. */
export interface ProbeTerms {
  readonly lane: PaceLane;
  /** Of the lease (ms). */
  readonly leftMs: number;
  readonly trial: boolean;
  readonly mayCall: () => Promise<boolean>;
}

/** Settles a suspicion while the lease lasts: an application that answers the probe is not the one at fault. */
export async function settleVerdict(
  verdict: HealthVerdict,
  connector: Connector,
  { lane, leftMs, trial, mayCall }: ProbeTerms,
): Promise<SettledVerdict> {
  if (verdict.kind !== 'suspect') return verdict;
  // It answered the probe a moment ago, and then nothing got through: it is not well yet.
  if (trial) return { kind: 'quarantine', reason: verdict.reason };
  if (leftMs < LEAST_FOR_A_PROBE_MS) return { kind: 'unclear' };
  const failure = await probe(connector, lane, mayCall, Math.min(PROBE_TIMEOUT_MS, leftMs));
  return failure === null || failure instanceof Postponed
    ? { kind: 'unclear' }
    : { kind: 'quarantine', reason: failure.message };
}
