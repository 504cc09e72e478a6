import type { Database, Tx } from './database.js';
import { SYNC_QUEUE, type HintData, type Queues } from './queues.js';
import type { Timer } from './timers.js';

/** A hint: "of this kind, this one of this tenant has more to do". */
export interface SliceHint extends HintData {
  readonly kind: string;
  readonly tenantId: string;
  readonly id: string;
}

export interface SlicedWorkOptions {
  /** Names the work on the queue. */
  readonly kind: string;
  readonly timer: string;
  /** SQL for `tenant_id` and `id` of what was begun and not ended. */
  readonly open: string;
  /** Does the next slice, and says whether there is more. Whoever holds the row of the work does it; others leave it. */
  readonly slice: (tx: Tx, id: string) => Promise<boolean>;
}

/** Long work that goes slice by slice, each in a transaction of its own with the cursor in it: a kill costs one slice. */
export class SlicedWork {
  readonly kind: string;

  constructor(
    private readonly database: Database,
    private readonly queues: Queues,
    private readonly options: SlicedWorkOptions,
  ) {
    this.kind = options.kind;
  }

  /** Begins once the caller's transaction has committed. */
  announce(tx: Tx, id: string): void {
    const { tenantId } = tx;
    tx.afterCommit(() => this.hint(tenantId, id));
  }

  /** Does slices until the end; may be run again from anywhere. */
  async run({ tenantId, id }: Pick<SliceHint, 'tenantId' | 'id'>): Promise<void> {
    while (await this.database.transaction(tenantId, (tx) => this.options.slice(tx, id)));
  }

  /** Announces what was begun and not ended. */
  timer(): Timer {
    const { timer, open } = this.options;
    return {
      name: timer,
      everyMs: 1_000,
      run: async (tx) => {
        for (const { tenant_id, id } of await tx.query<{ tenant_id: string; id: string }>(open))
          tx.afterCommit(() => this.hint(tenant_id, id));
      },
    };
  }

  private hint(tenantId: string, id: string): Promise<void> {
    const { kind } = this;
    const hint: SliceHint = { kind, tenantId, id };
    return this.queues.hint(SYNC_QUEUE, hint, `${kind}-${id}`);
  }
}
