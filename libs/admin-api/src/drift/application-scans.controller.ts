import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getApplication } from '@tenure/applications';
import { getScan, Scans, type ReportItem, type Scan } from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { StartReportDto } from './drift.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { SCANS, scanView, type ScanView } from './scans.controller.js';

type ItemView = Omit<ReportItem, 'tenantId' | 'scanId'>;

const ITEMS = {
  table: 'report_items',
  columns: `id, situation, account_id AS "accountId", identity_id AS "identityId", remote_id AS "remoteId", candidates, steps, withheld, joins, leaves`,
  narrowing: {
    situation: { column: 'situation', uuid: false },
    accountId: { column: 'account_id', uuid: true },
    identityId: { column: 'identity_id', uuid: true },
    scanId: { column: 'scan_id', uuid: true },
  },
} as const;

@AdminRoute('applications', 'scans')
export class ApplicationScansController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Scans) private readonly scans: Scans,
  ) {}

  /** Looks at everything in the application now, and compares it with what was made there. */
  @Post(':id/scans')
  @HttpCode(202)
  @Needs('operate')
  async scan(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<ScanView> {
    return scanView(await this.scans.start(caller.tenantId, actorOf(caller), id));
  }

  /** The application's scans. */
  @Get(':id/scans')
  @ApiQuery({ name: 'kind', required: false, enum: ['drift', 'report'] })
  @ApiQuery({ name: 'state', required: false, enum: ['running', 'done', 'suspected', 'failed', 'superseded'] })
  @PagedQuery()
  async list(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) applicationId: string,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<ScanView>> {
    await this.database.transaction(tenantId, (tx) => getApplication(tx, applicationId));
    return listPage<ScanView>(this.database, tenantId, SCANS, { ...query, applicationId });
  }

  /** Begins a report of what another mode would change in the application. Nothing is written there. */
  @Post(':id/reports')
  @HttpCode(202)
  @Needs('operate')
  async report(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { mode }: StartReportDto,
  ): Promise<ScanView> {
    return scanView(await this.scans.start(caller.tenantId, actorOf(caller), id, mode));
  }

  /** A report: its counts are whole when its state is `done`. */
  @Get(':id/reports/:reportId')
  async get(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('reportId', ParseUUIDPipe) reportId: string,
  ): Promise<ScanView> {
    return scanView(await this.reportOf(tenantId, id, reportId));
  }

  /** Account by account: whose it is, and the steps and memberships that the mode would bring. */
  @Get(':id/reports/:reportId/items')
  @ApiQuery({ name: 'situation', required: false, enum: ['matched', 'absent', 'ambiguous', 'unmatched'] })
  @ApiQuery({ name: 'accountId', required: false })
  @ApiQuery({ name: 'identityId', required: false })
  @PagedQuery()
  async items(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('reportId', ParseUUIDPipe) reportId: string,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<ItemView>> {
    await this.reportOf(tenantId, id, reportId);
    return listPage<ItemView>(this.database, tenantId, ITEMS, { ...query, scanId: reportId });
  }

  private reportOf(tenantId: string, applicationId: string, id: string): Promise<Scan> {
    return this.database.transaction(tenantId, async (tx) => {
      const scan = await getScan(tx, id);
      if (scan.kind !== 'report' || scan.applicationId !== applicationId)
        throw new Refusal('report_not_found', `The application has no report with the id ${id}.`);
      return scan;
    });
  }
}
