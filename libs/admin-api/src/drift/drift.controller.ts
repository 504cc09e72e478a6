import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import {
  DRIFT_KINDS,
  DRIFT_STATES,
  DriftDecisions,
  getFinding,
  type DriftDecision,
  type DriftFinding,
} from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { DecideDriftDto } from './drift.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { OptionalReasonDto, ReasonDto } from '../http/reason.dto.js';

type FindingView = Omit<DriftFinding, 'tenantId'>;
const view = ({ tenantId: _, ...shown }: DriftFinding): FindingView => shown;

const FROM = {
  table: 'drift_findings',
  columns: `id, application_id AS "applicationId", account_id AS "accountId", identity_id AS "identityId", entitlement_id AS "entitlementId", kind,
    attribute, desired, applied, observed, cause, state, scan_id AS "scanId", found_at AS "foundAt", seen_at AS "seenAt",
    decided_at AS "decidedAt", decided_by AS "decidedBy", decision_reason AS "decisionReason"`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    accountId: { column: 'account_id', uuid: true },
    identityId: { column: 'identity_id', uuid: true },
    state: { column: 'state', uuid: false },
    kind: { column: 'kind', uuid: false },
  },
} as const;

@AdminRoute('drift')
export class DriftController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DriftDecisions) private readonly decisions: DriftDecisions,
  ) {}

  /** What differs in applications from what was made there, three ways, with the likely cause. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'accountId', required: false })
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: DRIFT_STATES })
  @ApiQuery({ name: 'kind', required: false, enum: DRIFT_KINDS })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<FindingView>> {
    return listPage<FindingView>(this.database, tenantId, FROM, query);
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<FindingView> {
    return view(await this.database.transaction(tenantId, (tx) => getFinding(tx, id)));
  }

  /** Decides all open findings of an application, a kind or an attribute; at most 1,000 at a time. */
  @Post('decisions')
  @HttpCode(200)
  @Needs('configure')
  decideAll(
    @Caller() caller: Principal,
    @Body() { decision, reason, ...filter }: DecideDriftDto,
  ): Promise<{ decided: number; refused: Readonly<Record<string, number>>; more: boolean }> {
    return this.decisions.decideAll(caller.tenantId, actorOf(caller), filter, decision, reason ?? null);
  }

  /** Undoes it in the application. A value that was taken over is let go: the mapping counts again. */
  @Post(':id/revert')
  @HttpCode(200)
  @Needs('operate')
  revert(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: OptionalReasonDto,
  ): Promise<FindingView> {
    return this.decide(caller, id, 'revert', reason ?? null);
  }

  /** Takes the application’s value over: it goes before the mapping’s from now on. A membership that was added gets a grant. */
  @Post(':id/adopt')
  @HttpCode(200)
  @Needs('configure')
  adopt(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: OptionalReasonDto,
  ): Promise<FindingView> {
    return this.decide(caller, id, 'adopt', reason ?? null);
  }

  /** Lets it be; it is asked again when it becomes another one. */
  @Post(':id/ignore')
  @HttpCode(200)
  @Needs('operate')
  ignore(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<FindingView> {
    return this.decide(caller, id, 'ignore', reason);
  }

  private async decide(
    caller: Principal,
    id: string,
    decision: DriftDecision,
    reason: string | null,
  ): Promise<FindingView> {
    return view(await this.decisions.decide(caller.tenantId, actorOf(caller), id, decision, reason));
  }
}
