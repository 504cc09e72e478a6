import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getUnknown, UNKNOWN_STATES, UnknownAccounts, type UnknownAccount } from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { AssignAccountDto } from './drift.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { ReasonDto } from '../http/reason.dto.js';

type UnknownView = Omit<UnknownAccount, 'tenantId'>;
const view = ({ tenantId: _, ...shown }: UnknownAccount): UnknownView => shown;

const FROM = {
  table: 'unknown_accounts',
  columns: `id, application_id AS "applicationId", remote_id AS "remoteId", external_id AS "externalId", observed, candidates, state, reason,
    account_id AS "accountId", first_seen_at AS "firstSeenAt", seen_at AS "seenAt", scan_id AS "scanId", decided_at AS "decidedAt", decided_by AS "decidedBy"`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    state: { column: 'state', uuid: false },
  },
} as const;

@AdminRoute('unknown-accounts')
export class UnknownAccountsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(UnknownAccounts) private readonly unknown: UnknownAccounts,
  ) {}

  /** Accounts in applications that are nobody’s of ours, with those whose they may be. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: UNKNOWN_STATES })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<UnknownView>> {
    return listPage<UnknownView>(this.database, tenantId, FROM, query);
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<UnknownView> {
    return view(await this.database.transaction(tenantId, (tx) => getUnknown(tx, id)));
  }

  /** Makes it this identity’s account; what is granted there is then brought about in it. */
  @Post(':id/assign')
  @HttpCode(200)
  @Needs('configure')
  async assign(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { identityId }: AssignAccountDto,
  ): Promise<UnknownView> {
    return view(await this.unknown.assign(caller.tenantId, actorOf(caller), id, identityId));
  }

  /** Of no interest; it is not asked about again. */
  @Post(':id/ignore')
  @HttpCode(200)
  @Needs('operate')
  async ignore(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<UnknownView> {
    return view(await this.unknown.setAside(caller.tenantId, actorOf(caller), id, 'ignored', reason));
  }

  /** Asked about again. */
  @Post(':id/reopen')
  @HttpCode(200)
  @Needs('configure')
  async reopen(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<UnknownView> {
    return view(await this.unknown.reopen(caller.tenantId, actorOf(caller), id, reason));
  }

  /** A service account: nobody’s, and never adopted nor changed. */
  @Post(':id/protect')
  @HttpCode(200)
  @Needs('configure')
  async protect(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<UnknownView> {
    return view(await this.unknown.setAside(caller.tenantId, actorOf(caller), id, 'protected', reason));
  }
}
