import { newId, type Tx } from '@tenure/platform';
import { Application } from '@tenure/applications';
import type { Connector, ConnectorError } from '@tenure/connectors';
import { classify, WritingStopped } from './attempt.js';
import { quarantineMs } from './decide-retry.js';

/** What one batch tells about its application. */
export type HealthVerdict =
  | { readonly kind: 'well' }
  | { readonly kind: 'unclear' }
  /** Nothing got through: it, or these accounts? A probe tells. */
  | { readonly kind: 'suspect' }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'quarantine'; readonly reason: string };

export type SettledVerdict = Exclude<HealthVerdict, { kind: 'suspect' }>;

const PROBE_TIMEOUT_MS = 5_000;

/** Quarantine at once when the credentials are refused; suspicion when nothing of a batch got through. */
export function judgeHealth(successes: number, errors: readonly ConnectorError[]): HealthVerdict {
  const limited = errors.filter((error) => error.errorClass === 'rate_limited');
  if (limited.length > 0)
    return { kind: 'pause', ms: Math.max(...limited.map((error) => error.detail.retryAfterMs ?? 5_000)) };
  const auth = errors.find((error) => error.errorClass === 'auth');
  if (auth) return { kind: 'quarantine', reason: auth.message };
  if (successes > 0) return { kind: 'well' };
  if (errors.some((error) => error instanceof WritingStopped)) return { kind: 'unclear' };
  if (errors.length > 0 && errors.every((error) => error.errorClass === 'retryable')) return { kind: 'suspect' };
  return { kind: 'unclear' };
}

/** Asks the application itself: null when it answers with the configured credentials. */
export async function probe(connector: Connector): Promise<ConnectorError | null> {
  const call = { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), idempotencyKey: newId(), record: () => undefined };
  return connector.test(call).then(() => null, classify);
}

/** Settles a suspicion: an application that answers the probe is not the one at fault. */
export async function settleVerdict(verdict: HealthVerdict, connector: Connector): Promise<SettledVerdict> {
  if (verdict.kind !== 'suspect') return verdict;
  const failure = await probe(connector);
  return failure === null ? { kind: 'unclear' } : { kind: 'quarantine', reason: failure.message };
}

/** Keeps the verdict on the application's row; returns true when the application may still be worked on now. */
export async function writeHealth(
  tx: Tx,
  application: Application,
  verdict: SettledVerdict,
  now: Date,
): Promise<boolean> {
  const where = { tenantId: tx.tenantId, id: application.id };
  switch (verdict.kind) {
    case 'unclear':
      return true;
    case 'well':
      if (application.quarantineTries > 0 || application.quarantinedUntil !== null) {
        await tx
          .repository(Application)
          .update(where, { quarantinedUntil: null, quarantineReason: null, quarantineTries: 0 });
      }
      return true;
    case 'pause':
      await tx.repository(Application).update(where, { pausedUntil: new Date(now.getTime() + verdict.ms) });
      return false;
    case 'quarantine': {
      const tries = application.quarantineTries + 1;
      await tx.repository(Application).update(where, {
        quarantinedUntil: new Date(now.getTime() + quarantineMs(tries)),
        quarantineReason: verdict.reason,
        quarantineTries: tries,
      });
      return false;
    }
  }
}
