import { Queues, type HintData, type Tx } from '@tenure/platform';

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
] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

/** Takes access away: goes through the urgent lane. */
const URGENT: ReadonlySet<LifecycleEvent> = new Set(['identity.left', 'identity.suspended', 'identity.leave_started']);
export const isUrgent = (event: LifecycleEvent): boolean => URGENT.has(event);

export const LIFECYCLE_QUEUE = 'lifecycle';
export const LIFECYCLE_URGENT_QUEUE = 'lifecycle-urgent';

/** A hint: "look at these identities of this tenant". Their truth is in PostgreSQL. */
export interface LifecycleHint extends HintData {
  readonly tenantId: string;
  readonly identityIds: readonly string[];
}

/** The most identities that one hint names. */
export const HINT_BATCH = 200;

/** Publishes lifecycle events after their commit: one hint per tenant and lane for what was committed in one turn of the event loop. */
export class LifecycleEvents {
  private pending = new Map<string, Set<string>>();
  private flushing: Promise<void> | undefined;

  constructor(private readonly queues: Queues) {}

  /** Announces `event` once the transaction has committed. */
  announce(tx: Tx, event: LifecycleEvent, identityId: string): void {
    const { tenantId } = tx;
    tx.afterCommit(() => this.soon(tenantId, isUrgent(event), identityId));
  }

  /** Announces identities that are behind, whoever left them so. */
  async again(tenantId: string, urgent: boolean, identityIds: readonly string[]): Promise<void> {
    for (let from = 0; from < identityIds.length; from += HINT_BATCH) {
      const hint: LifecycleHint = { tenantId, identityIds: identityIds.slice(from, from + HINT_BATCH) };
      await this.queues.hint(urgent ? LIFECYCLE_URGENT_QUEUE : LIFECYCLE_QUEUE, hint);
    }
  }

  private soon(tenantId: string, urgent: boolean, identityId: string): Promise<void> {
    const lane = `${urgent ? 'urgent' : 'normal'}:${tenantId}`;
    const ids = this.pending.get(lane) ?? new Set<string>();
    this.pending.set(lane, ids.add(identityId));
    this.flushing ??= new Promise((resolve, reject) => {
      setImmediate(() => this.flush().then(resolve, reject));
    });
    return this.flushing;
  }

  private async flush(): Promise<void> {
    const lanes = this.pending;
    this.pending = new Map();
    this.flushing = undefined;
    await Promise.all(
      [...lanes].map(([lane, ids]) => this.again(lane.slice(lane.indexOf(':') + 1), lane.startsWith('urgent:'), [...ids])),
    );
  }
}
