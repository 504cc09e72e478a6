import { Body, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getApplication } from '@tenure/applications';
import { AccountOrders, BulkOrders, Retries } from '@tenure/provisioning';
import { RetryDto } from './account-orders.dto.js';
import { AdminRoute } from '../http/admin-route.js';
import { orderView, type OrderView } from '../holds/bulk-order-view.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { ReasonDto } from '../http/reason.dto.js';

type Retried = OrderView & { readonly retried: number };

/** What a person orders of work that does not get on, or that is to be done again. */
@AdminRoute('', 'accounts')
@Needs('operate')
export class AccountOrdersController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Retries) private readonly retries: Retries,
    @Inject(AccountOrders) private readonly orders: AccountOrders,
    @Inject(BulkOrders) private readonly bulk: BulkOrders,
  ) {}

  /** Tries everything again that failed, or was skipped: accounts and memberships, by filter or all. */
  @Post('accounts/retry')
  @HttpCode(200)
  retryMany(@Caller() caller: Principal, @Body() filter: RetryDto): Promise<Retried> {
    return this.retryAll(caller, filter);
  }

  /** Tries everything again that failed in this application. */
  @Post('applications/:id/retry')
  @HttpCode(200)
  retryApplication(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) applicationId: string): Promise<Retried> {
    return this.retryAll(caller, { applicationId });
  }

  /** Tries an account again that failed or was skipped, with its memberships. */
  @Post('accounts/:id/retry')
  @HttpCode(200)
  retry(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<{ retried: number }> {
    return this.retries.retry(caller.tenantId, actorOf(caller), id);
  }

  /** Leaves an account as it is, until something newer is desired or it is retried. */
  @Post('accounts/:id/skip')
  @HttpCode(204)
  skip(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<void> {
    return this.orders.skip(caller.tenantId, actorOf(caller), id, reason);
  }

  /** Reads an account back and brings it to the desired state again, with its memberships, also when nothing is behind. */
  @Post('accounts/:id/reprovision')
  @HttpCode(202)
  reprovision(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.orders.reprovision(caller.tenantId, actorOf(caller), id);
  }

  /** The same for every account of a person, whose access is computed anew. */
  @Post('identities/:id/reprovision')
  @HttpCode(202)
  reprovisionPerson(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ accounts: number }> {
    return this.orders.reprovisionPerson(caller.tenantId, actorOf(caller), id);
  }

  private async retryAll(caller: Principal, filter: RetryDto): Promise<Retried> {
    const { applicationId } = filter;
    if (applicationId !== undefined)
      await this.database.transaction(caller.tenantId, (tx) => getApplication(tx, applicationId));
    const order = { kind: 'retry', filter: { ...filter } as Record<string, string>, said: {} } as const;
    const view = orderView(await this.bulk.give(caller.tenantId, actorOf(caller), order));
    return { ...view, retried: view.done };
  }
}
