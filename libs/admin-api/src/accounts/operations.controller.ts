import { Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { ERROR_CLASSES } from '@tenure/connectors';
import { OPERATION_KINDS, traceOperation, type TraceStep } from '@tenure/provisioning';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { AdminRoute } from '../http/admin-route.js';
import { Caller } from '../http/principal.js';

const FROM = {
  table: 'operations',
  columns: `id, at, application_id AS "applicationId", account_id AS "accountId", entitlement_id AS "entitlementId", identity_id AS "identityId",
    kind, outcome, desired_version::int AS "desiredVersion", attempt, diff, exchanges, remedy, cause, because, committed_at AS "committedAt", ms`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    accountId: { column: 'account_id', uuid: true },
    identityId: { column: 'identity_id', uuid: true },
    entitlementId: { column: 'entitlement_id', uuid: true },
    kind: { column: 'kind', uuid: false },
    outcome: { column: 'outcome', uuid: false },
  },
} as const;

@AdminRoute('operations')
export class OperationsController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** What was done in applications, oldest first: who caused it, what changed, what was answered, how long it took. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'accountId', required: false })
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'entitlementId', required: false })
  @ApiQuery({ name: 'kind', required: false, enum: OPERATION_KINDS })
  @ApiQuery({ name: 'outcome', required: false, enum: ['succeeded', ...ERROR_CLASSES] })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<{ id: string }>> {
    return listPage(this.database, tenantId, FROM, query);
  }

  /** The way to one operation, by ids, each step with its time: source records, journal, grants, desired version, plan, calls, read-back. */
  @Get(':id/trace')
  trace(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ operationId: string; steps: TraceStep[] }> {
    return this.database.transaction(tenantId, (tx) => traceOperation(tx, id));
  }
}
