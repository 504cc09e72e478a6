import { Clock, Database, newId, Queues, Refusal, SlicedWork, type Tx } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { BulkOrder, type BulkOrderKind } from './bulk-order.entity.js';

/** What one slice did; a null cursor ends the order. */
export interface SliceDone {
  readonly done: number;
  readonly approved?: number;
  readonly cursor: object | null;
}

/** Carries out the next part of an order, in the caller's transaction. */
export type OrderSlice = (tx: Tx, by: Actor, order: BulkOrder) => Promise<SliceDone>;

export interface NewOrder {
  readonly kind: BulkOrderKind;
  readonly filter: BulkOrder['filter'];
  readonly said: BulkOrder['said'];
}

/** How long (ms) whoever orders waits for the answer; the rest is done by the workers. */
const AT_ONCE_MS = 1_000;

/** Orders for many: each slice is a short transaction with the cursor in it, so that no order is too large. */
export class BulkOrders {
  readonly work: SlicedWork;

  constructor(
    private readonly database: Database,
    queues: Queues,
    private readonly slices: Readonly<Record<BulkOrderKind, OrderSlice>>,
    private readonly clock: Clock,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'bulk_order',
      timer: 'bulk-orders',
      open: "SELECT tenant_id, id FROM bulk_orders WHERE done_at IS NULL AND ordered_at < clock_timestamp() - interval '3 seconds'",
      slice: (tx, id) => this.slice(tx, id),
    });
  }

  /** Keeps the order and begins it: a small one is done in the answer. */
  async give(tenantId: string, by: Actor, order: NewOrder): Promise<BulkOrder> {
    const id = newId();
    const row = { tenantId, id, ...order, orderedBy: by.actor, orderedAt: this.clock.now() };
    await this.database.transaction(tenantId, (tx) => tx.repository(BulkOrder).insert(row));
    const began = performance.now();
    let more = true;
    while (more && performance.now() - began < AT_ONCE_MS)
      more = await this.database.transaction(tenantId, (tx) => this.slice(tx, id));
    return this.database.transaction(tenantId, (tx) => {
      if (more) this.work.announce(tx, id);
      return getBulkOrder(tx, id);
    });
  }

  get(tenantId: string, id: string): Promise<BulkOrder> {
    return this.database.transaction(tenantId, (tx) => getBulkOrder(tx, id));
  }

  /** Returns whether there is more. */
  private async slice(tx: Tx, id: string): Promise<boolean> {
    const mine = await tx.query(
      'SELECT FROM bulk_orders WHERE tenant_id = $1 AND id = $2 AND done_at IS NULL FOR UPDATE SKIP LOCKED',
      [tx.tenantId, id],
    );
    if (mine.length === 0) return false;
    const order = await getBulkOrder(tx, id);
    const {
      done,
      approved = 0,
      cursor,
    } = await this.slices[order.kind](tx, { actor: order.orderedBy, door: 'admin' }, order);
    await tx.repository(BulkOrder).update(
      { tenantId: tx.tenantId, id },
      {
        done: order.done + done,
        approved: order.approved + approved,
        cursor,
        ...(cursor === null && { doneAt: this.clock.now() }),
      },
    );
    return cursor !== null;
  }
}

async function getBulkOrder(tx: Tx, id: string): Promise<BulkOrder> {
  const order = await tx.repository(BulkOrder).findOneBy({ tenantId: tx.tenantId, id });
  if (!order) throw new Refusal('order_not_found', `There is no order with the id ${id}.`);
  return order;
}
