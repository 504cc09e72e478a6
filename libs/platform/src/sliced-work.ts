import type { Database, Tx } from './database.js';
import { SYNC_QUEUE, type HintData, type Queues } from './queues.js';
import type { Timer } from './timers.js';

/** A hint: "of this kind, this one of this tenant has more to do". */
export interface SliceHint extends HintData {
  readonly kind: string;
  readonly tenantId: string;
  readonly id: string;
}

/** Which work, of whom. */
export type WorkId = Pick<SliceHint, 'tenantId' | 'id'>;

interface Named {
  /** Names the work on the queue. */
  readonly kind: string;
  readonly timer: string;
  /** SQL for `tenant_id` and `id` of all that was begun and not ended, and may go on now. */
  readonly open: string;
}

export type SlicedWorkOptions = Named &
  (
    | {
        /** Does the next slice, and says whether there is more. Whoever holds the row of the work does it; others leave it. */
        readonly slice: (tx: Tx, id: string) => Promise<boolean>;
      }
    | {
        /** A slice that calls out, and so opens transactions of its own: claim by a lease, call, write. */
        readonly turn: (work: WorkId) => Promise<boolean>;
      }
  );

/** So long a job goes on; then it goes to the tail of the queue, so that long work and slow applications hold up nobody. */
const JOB_MS = 1_000;
/** So many works of one tenant are announced in one look. */
const PER_TENANT = 20;

/** Long work that goes slice by slice, each with its cursor written in its own transaction: a kill costs one slice. */
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

  /** Does slices until the end, or until its time is over and it has announced the rest; may be run again from anywhere. */
  async run({ tenantId, id }: WorkId, withinMs = JOB_MS): Promise<void> {
    const began = performance.now();
    while (await this.next({ tenantId, id })) if (performance.now() - began > withinMs) return this.hint(tenantId, id);
  }

  /** Announces what was begun and not ended. */
  timer(): Timer {
    const { timer, open } = this.options;
    const each = `SELECT tenant_id, id FROM (SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS nth FROM (${open}) open) ranked
      WHERE nth <= ${PER_TENANT}`;
    return {
      name: timer,
      everyMs: 1_000,
      run: async (tx) => {
        for (const { tenant_id, id } of await tx.query<{ tenant_id: string; id: string }>(each))
          tx.afterCommit(() => this.hint(tenant_id, id));
      },
    };
  }

  /** The next slice; whether there is more. */
  private next(work: WorkId): Promise<boolean> {
    const { options } = this;
    if ('turn' in options) return options.turn(work);
    return this.database.transaction(work.tenantId, (tx) => options.slice(tx, work.id));
  }

  private hint(tenantId: string, id: string): Promise<void> {
    const { kind } = this;
    const hint: SliceHint = { kind, tenantId, id };
    return this.queues.hint(SYNC_QUEUE, hint, `${kind}-${id}`);
  }
}
