import { Get, Inject, Param, ParseUUIDPipe } from '@nestjs/common';
import type { Principal } from '@tenure/tenancy';
import { BulkOrders } from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { orderView, type OrderView } from './bulk-order-view.js';
import { Caller } from '../http/principal.js';

@AdminRoute('bulk-orders')
export class BulkOrdersController {
  constructor(@Inject(BulkOrders) private readonly orders: BulkOrders) {}

  /** How far an order for many is. */
  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<OrderView> {
    return orderView(await this.orders.get(tenantId, id));
  }
}
