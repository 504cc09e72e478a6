import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getScan, Scans, type Scan } from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { OptionalReasonDto } from '../http/reason.dto.js';

export type ScanView = Omit<Scan, 'tenantId' | 'leaseUntil' | 'fence' | 'dueAt' | 'cursor'>;

/** A scan as admins see it. */
export const scanView = ({ tenantId: _, leaseUntil: _l, fence: _f, dueAt: _d, cursor: _c, ...shown }: Scan): ScanView =>
  shown;

export const SCANS = {
  table: 'scans',
  columns: `id, application_id AS "applicationId", kind, target_mode AS "targetMode", state, phase, requested_by AS "requestedBy",
    started_at AS "startedAt", ended_at AS "endedAt", accepted_at AS "acceptedAt", accepted_by AS "acceptedBy", counts, attempts, error`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    kind: { column: 'kind', uuid: false },
    state: { column: 'state', uuid: false },
  },
} as const;

@AdminRoute('scans')
export class ScansController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Scans) private readonly scans: Scans,
  ) {}

  /** Looks at applications: `drift` compares with what was made, `report` says what another mode would change. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'kind', required: false, enum: ['drift', 'report'] })
  @ApiQuery({ name: 'state', required: false, enum: ['running', 'done', 'suspected', 'failed', 'superseded'] })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<ScanView>> {
    return listPage<ScanView>(this.database, tenantId, SCANS, query);
  }

  /** How far a scan is, and what it counted. */
  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<ScanView> {
    return scanView(await this.database.transaction(tenantId, (tx) => getScan(tx, id)));
  }

  /** Believes a scan that was suspected because it shows so little: what it saw is compared after all. */
  @Post(':id/accept')
  @HttpCode(200)
  @Needs('configure')
  async accept(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: OptionalReasonDto,
  ): Promise<ScanView> {
    return scanView(await this.scans.accept(caller.tenantId, actorOf(caller), id, reason ?? null));
  }
}
