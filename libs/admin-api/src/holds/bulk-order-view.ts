import type { BulkOrder } from '@tenure/provisioning';

/** How far an order for many is; what is not done yet is done by the workers. */
export interface OrderView {
  readonly orderId: string;
  readonly kind: BulkOrder['kind'];
  readonly filter: BulkOrder['filter'];
  readonly orderedBy: string;
  readonly orderedAt: Date;
  readonly done: number;
  readonly approved: number;
  readonly finished: boolean;
}

export const orderView = ({
  id,
  kind,
  filter,
  orderedBy,
  orderedAt,
  done,
  approved,
  doneAt,
}: BulkOrder): OrderView => ({
  ...{ orderId: id, kind, filter, orderedBy, orderedAt, done, approved },
  finished: doneAt !== null,
});
