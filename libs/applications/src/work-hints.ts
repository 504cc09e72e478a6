import { Queues, TurnBatch, type HintData, type Tx } from '@tenure/platform';

/** A hint: "this application has work in this shard". */
export interface WorkHint extends HintData {
  readonly tenantId: string;
  readonly applicationId: string;
  readonly shard: number;
  /** Absent: 0. A worker that has one seat full asks others to take the next, where the application takes more at once. */
  readonly seat?: number;
}

export interface Work extends WorkHint {
  readonly connector: string;
  /** Takes access away: goes through the lane with reserved workers. */
  readonly urgent: boolean;
}

/** The queue of a connector's kind; workers for one kind may run near an on-premises app. */
export const provisionQueue = (connector: string, urgent: boolean): string =>
  `provision-${connector}${urgent ? '-urgent' : ''}`;

/** Says that applications have work: after the commit, and once per application, shard and lane in a turn of the event loop. */
export class WorkHints {
  private readonly turn: TurnBatch<Work>;

  constructor(private readonly queues: Queues) {
    this.turn = new TurnBatch(async (works) => {
      await Promise.all([...works.values()].map((work) => this.now(work)));
    });
  }

  announce(tx: Tx, work: Work): void {
    tx.afterCommit(() => this.turn.add(`${work.applicationId}|${work.shard}|${String(work.urgent)}`, () => work));
  }

  /** For work that is behind, whoever left it so, or that goes on. */
  now(work: Work): Promise<void> {
    const { tenantId, applicationId, shard, seat = 0 } = work;
    const hint: WorkHint = { tenantId, applicationId, shard, ...(seat > 0 && { seat }) };
    const once = `${applicationId}-${shard}${seat > 0 ? `-${seat}` : ''}`;
    return this.queues.hint(provisionQueue(work.connector, work.urgent), hint, once);
  }
}
