import { Clock, Database, newId, Queues, SlicedWork, type Tx } from '@tenure/platform';
import { LifecycleEvents } from '@tenure/journal';
import { Recompute } from '../model/grant.entity.js';
import { PolicyCache } from '../decide/policy-cache.js';
import { lockRules } from '../model/rules-lock.js';
import { markSlice, type Slice } from './mark-slice.js';

/** Whom a change concerns: those whom one policy gives something, those with an account in one application, or everybody. */
export interface RecomputeScope {
  readonly policyId?: string;
  readonly applicationId?: string;
}

/** Finds those whose access a changed rule changes, slice by slice, and leaves them behind for the workers. */
export class Recomputes {
  readonly work: SlicedWork;
  private readonly cache = new PolicyCache();

  constructor(
    database: Database,
    queues: Queues,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'recompute',
      timer: 'recomputes',
      open: "SELECT tenant_id, id FROM recomputes WHERE done_at IS NULL AND started_at < clock_timestamp() - interval '2 seconds'",
      slice: (tx, id) => this.slice(tx, id),
    });
  }

  /** Starts in the caller's transaction, together with what changed. */
  async begin(tx: Tx, cause: string, scope: RecomputeScope = {}): Promise<void> {
    await this.forget(tx);
    const id = newId();
    await tx.repository(Recompute).insert({
      tenantId: tx.tenantId,
      id,
      cause,
      policyId: scope.policyId ?? null,
      applicationId: scope.applicationId ?? null,
    });
    this.work.announce(tx, id);
  }

  /** Makes every process read the tenant's rules and applications anew. */
  async forget(tx: Tx): Promise<void> {
    await lockRules(tx);
    await tx.query('UPDATE tenants SET policy_epoch = policy_epoch + 1 WHERE id = $1', [tx.tenantId]);
  }

  /** Returns whether there is more. */
  private async slice(tx: Tx, id: string): Promise<boolean> {
    const [open] = await tx.query<Slice>(
      `SELECT cursor, cause, policy_id AS "policyId", application_id AS "applicationId" FROM recomputes
       WHERE tenant_id = $1 AND id = $2 AND done_at IS NULL FOR UPDATE SKIP LOCKED`,
      [tx.tenantId, id],
    );
    if (!open) return false;
    const { behind, cursor, more } = await markSlice(tx, open, await this.cache.rules(tx), this.clock.now());
    await tx.query(
      'UPDATE recomputes SET cursor = coalesce($3, cursor), done_at = CASE WHEN $4 THEN clock_timestamp() END WHERE tenant_id = $1 AND id = $2',
      [tx.tenantId, id, cursor, !more],
    );
    if (behind.length > 0) tx.afterCommit(() => this.events.again(tx.tenantId, false, behind));
    return more;
  }
}
