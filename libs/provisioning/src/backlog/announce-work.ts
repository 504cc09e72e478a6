import type { Tx } from '@tenure/platform';
import type { WorkHints } from '@tenure/applications';

/** An account or an entitlement that has work now. */
export interface Runnable {
  readonly applicationId: string;
  readonly connector: string;
  readonly shard: number;
  /** 0: it takes access away. */
  readonly priority: number;
}

/** Says so after the commit; what takes access away goes through the urgent lane too. */
export function announceWork(tx: Tx, hints: WorkHints, runnable: readonly Runnable[]): void {
  for (const { applicationId, connector, shard, priority } of runnable)
    hints.announce(tx, { tenantId: tx.tenantId, applicationId, connector, shard, urgent: priority === 0 });
}
