import type { Tx } from '@tenure/platform';
import { Application } from '@tenure/applications';
import type { ConnectorError } from '@tenure/connectors';
import { quarantineMs } from './decide-retry.js';

/** Errors that say something of the application as a whole, and not of one account. */
const OF_APPLICATION = new Set(['auth', 'retryable']);

/** What one batch tells about its application. */
export type HealthVerdict =
  | { readonly kind: 'well' }
  | { readonly kind: 'unclear' }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'quarantine'; readonly reason: string };

/** Quarantine at once when the credentials are refused, or when nothing of a batch got through. */
export function judgeHealth(successes: number, errors: readonly ConnectorError[]): HealthVerdict {
  const limited = errors.filter((error) => error.errorClass === 'rate_limited');
  if (limited.length > 0)
    return { kind: 'pause', ms: Math.max(...limited.map((error) => error.detail.retryAfterMs ?? 5_000)) };
  const auth = errors.find((error) => error.errorClass === 'auth');
  if (auth) return { kind: 'quarantine', reason: auth.message };
  if (successes > 0) return { kind: 'well' };
  const [first] = errors;
  if (first && errors.every((error) => OF_APPLICATION.has(error.errorClass)))
    return { kind: 'quarantine', reason: first.message };
  return { kind: 'unclear' };
}

/** Keeps the verdict on the application's row; returns true when the application may still be worked on now. */
export async function writeHealth(
  tx: Tx,
  application: Application,
  verdict: HealthVerdict,
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
