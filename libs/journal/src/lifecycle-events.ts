import { Queues, TurnBatch, type HintData, type Tx } from '@tenure/platform';

/** What can happen to an identity. */
export const LIFECYCLE_EVENTS = [
  'identity.staged',
  'identity.joined',
  'identity.moved',
  'identity.changed',
  'identity.leave_started',
  'identity.leave_ended',
  'identity.suspended',
  'identity.resumed',
  'identity.left',
  'identity.rehired',
  'identity.purged',
] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

export const LIFECYCLE_QUEUE = 'lifecycle';
export const LIFECYCLE_URGENT_QUEUE = 'lifecycle-urgent';

/** A hint: "look at these identities of this tenant". Their truth is in PostgreSQL. */
export interface LifecycleHint extends HintData {
  readonly tenantId: string;
  readonly identityIds: readonly string[];
}

/** The most identities that one hint names. */
export const HINT_BATCH = 200;

interface Lane {
  readonly tenantId: string;
  readonly urgent: boolean;
  readonly ids: Set<string>;
}

/** Publishes lifecycle events after their commit: one hint per tenant and lane for what was committed in one turn of the event loop. */
export class LifecycleEvents {
  private readonly turn: TurnBatch<Lane>;

  constructor(private readonly queues: Queues) {
    this.turn = new TurnBatch((lanes) => this.sendAll([...lanes.values()]));
  }

  /** Announces that something happened to an identity, once the transaction has committed. Urgent: it takes access away. */
  announce(tx: Tx, identityId: string, urgent: boolean): void {
    const { tenantId } = tx;
    tx.afterCommit(() => this.soon(tenantId, urgent, identityId));
  }

  /**
   * Announces identities that are behind, whoever left them so. `once`: not while as many of the same name still wait to be
   * looked at, so that who looks again and again fills no queue.
   */
  async again(tenantId: string, urgent: boolean, identityIds: readonly string[], once?: string): Promise<void> {
    for (let from = 0; from < identityIds.length; from += HINT_BATCH) {
      const hint: LifecycleHint = { tenantId, identityIds: identityIds.slice(from, from + HINT_BATCH) };
      const id = once === undefined ? undefined : `${once}-${tenantId}-${from}`;
      await this.queues.hint(urgent ? LIFECYCLE_URGENT_QUEUE : LIFECYCLE_QUEUE, hint, id);
    }
  }

  private soon(tenantId: string, urgent: boolean, identityId: string): Promise<void> {
    return this.turn.add(`${tenantId}|${String(urgent)}`, (lane = { tenantId, urgent, ids: new Set() }) => {
      lane.ids.add(identityId);
      return lane;
    });
  }

  private async sendAll(lanes: readonly Lane[]): Promise<void> {
    await Promise.all(lanes.map(({ tenantId, urgent, ids }) => this.again(tenantId, urgent, [...ids])));
  }
}
