import { Database, newId, Queues, SYNC_QUEUE, type HintData, type Timer, type Tx } from '@tenure/platform';
import { LifecycleEvents } from '@tenure/journal';
import { Recompute } from './grant.entity.js';

export interface RecomputeHint extends HintData {
  readonly kind: 'recompute';
  readonly tenantId: string;
  readonly id: string;
}

const SLICE = 1_000;

/** Computes everybody's access anew after a policy or a mapping changed: marks identities as behind, slice by slice. */
export class Recomputes {
  constructor(
    private readonly database: Database,
    private readonly queues: Queues,
    private readonly events: LifecycleEvents,
  ) {}

  /** Starts in the caller's transaction, together with what changed. */
  async everybody(tx: Tx, cause: string): Promise<void> {
    await this.forget(tx);
    const id = newId();
    await tx.repository(Recompute).insert({ tenantId: tx.tenantId, id, cause });
    tx.afterCommit(() => this.hint({ kind: 'recompute', tenantId: tx.tenantId, id }));
  }

  /** Makes every process read the tenant's rules and applications anew. */
  async forget(tx: Tx): Promise<void> {
    await tx.query('UPDATE tenants SET policy_epoch = policy_epoch + 1 WHERE id = $1', [tx.tenantId]);
  }

  /** Marks slices until the end; may be run again from anywhere. */
  async run({ tenantId, id }: RecomputeHint): Promise<void> {
    while (await this.database.transaction(tenantId, (tx) => this.slice(tx, id)));
  }

  /** Announces what was begun and not ended. */
  timer(): Timer {
    return {
      name: 'recomputes',
      everyMs: 1_000,
      run: async (tx) => {
        const open = await tx.query<{ tenant_id: string; id: string }>(
          "SELECT tenant_id, id FROM recomputes WHERE done_at IS NULL AND started_at < clock_timestamp() - interval '2 seconds' LIMIT 100",
        );
        for (const { tenant_id: tenantId, id } of open)
          tx.afterCommit(() => this.hint({ kind: 'recompute', tenantId, id }));
      },
    };
  }

  private hint(hint: RecomputeHint): Promise<void> {
    return this.queues.hint(SYNC_QUEUE, hint, `recompute-${hint.id}`);
  }

  /** Returns whether there is more. */
  private async slice(tx: Tx, id: string): Promise<boolean> {
    const [open] = await tx.query<{ cursor: string | null; cause: string | null }>(
      'SELECT cursor, cause FROM recomputes WHERE tenant_id = $1 AND id = $2 AND done_at IS NULL FOR UPDATE SKIP LOCKED',
      [tx.tenantId, id],
    );
    if (!open) return false;
    const marked = await tx.query<{ id: string }>(
      `WITH slice AS (
         SELECT id FROM identities WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3 FOR UPDATE)
       UPDATE identities SET access_version = 0, changed_fields = '{*}', behind_since = clock_timestamp(), cause = $4 FROM slice WHERE identities.tenant_id = $1 AND identities.id = slice.id
       RETURNING identities.id`,
      [tx.tenantId, open.cursor, SLICE, open.cause],
    );
    const ids = marked.map((row) => row.id).sort();
    await tx.query(
      'UPDATE recomputes SET cursor = coalesce($3, cursor), done_at = CASE WHEN $4 THEN clock_timestamp() END WHERE tenant_id = $1 AND id = $2',
      [tx.tenantId, id, ids.at(-1) ?? null, ids.length < SLICE],
    );
    tx.afterCommit(() => this.events.again(tx.tenantId, false, ids));
    return ids.length === SLICE;
  }
}
