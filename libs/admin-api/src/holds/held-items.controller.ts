import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { BUDGET_ACTIONS, getApplication } from '@tenure/applications';
import { BulkOrders, HELD_ITEM_STATES, HeldItem, HeldItems } from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { orderView, type OrderView } from './bulk-order-view.js';
import {
  RejectHeldItemDto,
  RejectHeldItemsDto,
  ReleaseHeldItemsDto,
  type HeldItemsFilterDto,
} from './held-items.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { OptionalReasonDto } from '../http/reason.dto.js';

const FROM = {
  table: 'held_items',
  columns: `id, application_id AS "applicationId", account_id AS "accountId", identity_id AS "identityId", entitlement_id AS "entitlementId",
    action, version::int AS version, cause, diff, budget, state, held_at AS "heldAt", expires_at AS "expiresAt", approved_by AS "approvedBy",
    approved_at AS "approvedAt", decided_by AS "decidedBy", decided_at AS "decidedAt", reason, bars_later AS "doNotProposeAgain"`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    identityId: { column: 'identity_id', uuid: true },
    accountId: { column: 'account_id', uuid: true },
    action: { column: 'action', uuid: false },
    state: { column: 'state', uuid: false },
  },
} as const;

type View = Omit<HeldItem, 'tenantId' | 'barsLater' | 'version'> & { version: number; doNotProposeAgain: boolean };

@AdminRoute('held-items')
export class HeldItemsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(HeldItems) private readonly items: HeldItems,
    @Inject(BulkOrders) private readonly orders: BulkOrders,
  ) {}

  /** What safety budgets keep back, item by item: which action on which account, what would change, and which budget is used up. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'accountId', required: false })
  @ApiQuery({ name: 'action', required: false, enum: BUDGET_ACTIONS })
  @ApiQuery({ name: 'state', required: false, enum: HELD_ITEM_STATES })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<View>> {
    return listPage<View>(this.database, tenantId, FROM, query);
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<View> {
    const item = await this.database.transaction(tenantId, (tx) => tx.repository(HeldItem).findOneBy({ tenantId, id }));
    if (!item) throw new Refusal('held_item_not_found', `There is no held item with the id ${id}.`);
    const { tenantId: _, barsLater: doNotProposeAgain, version, ...shown } = item;
    return { ...shown, version: Number(version), doNotProposeAgain };
  }

  /** Releases many: by filter, or all. `done` ran at once, `approved` wait for a second person; the workers do the rest. */
  @Post('release')
  @HttpCode(200)
  @Needs('configure')
  async releaseMany(
    @Caller() caller: Principal,
    @Body() { reason, ...which }: ReleaseHeldItemsDto,
  ): Promise<OrderView> {
    const order = {
      kind: 'release',
      filter: await this.filterOf(caller, which),
      said: reason === undefined ? {} : { reason },
    } as const;
    return orderView(await this.orders.give(caller.tenantId, actorOf(caller), order));
  }

  /** Rejects many: by filter, or all. */
  @Post('reject')
  @HttpCode(200)
  @Needs('configure')
  async rejectMany(
    @Caller() caller: Principal,
    @Body() { reason, doNotProposeAgain = false, ...which }: RejectHeldItemsDto,
  ): Promise<OrderView> {
    const order = {
      kind: 'reject',
      filter: await this.filterOf(caller, which),
      said: { reason, doNotProposeAgain },
    } as const;
    return orderView(await this.orders.give(caller.tenantId, actorOf(caller), order));
  }

  /** Lets one run at once. Where the tenant wants two persons the first release is an approval, and another one must follow. */
  @Post(':id/release')
  @HttpCode(200)
  @Needs('configure')
  async release(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: OptionalReasonDto,
  ): Promise<View> {
    await this.items.release(caller.tenantId, actorOf(caller), id, reason ?? null);
    return this.get(caller, id);
  }

  /** Does not do one; with `doNotProposeAgain`, nor any later one of its kind. */
  @Post(':id/reject')
  @HttpCode(200)
  @Needs('configure')
  async reject(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason, doNotProposeAgain = false }: RejectHeldItemDto,
  ): Promise<View> {
    await this.items.reject(caller.tenantId, actorOf(caller), id, { reason, doNotProposeAgain });
    return this.get(caller, id);
  }

  /** Lifts `doNotProposeAgain`: what is behind because of it is looked at anew, by the budgets too. */
  @Post(':id/propose-again')
  @HttpCode(200)
  @Needs('configure')
  async proposeAgain(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<View> {
    await this.items.proposeAgain(caller.tenantId, actorOf(caller), id);
    return this.get(caller, id);
  }

  private async filterOf(
    { tenantId }: Principal,
    { applicationId, ...which }: HeldItemsFilterDto,
  ): Promise<Record<string, string>> {
    if (applicationId !== undefined)
      await this.database.transaction(tenantId, (tx) => getApplication(tx, applicationId));
    return filterOf({ ...which, ...(applicationId !== undefined && { applicationId }) });
  }
}

/** The filter that is meant: nobody means everything by saying nothing. */
function filterOf({ all, applicationId, action, identityId }: HeldItemsFilterDto): Record<string, string> {
  const filter = {
    ...(applicationId !== undefined && { applicationId }),
    ...(action !== undefined && { action }),
    ...(identityId !== undefined && { identityId }),
  };
  if (Object.keys(filter).length === 0 && all !== true)
    throw new Refusal('filter_missing', 'Say which: applicationId, action or identityId, or all: true.');
  return filter;
}
