import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Patch, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Clock, Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import {
  Application,
  ApplicationPauses,
  Applications,
  getApplication,
  restOf,
  type ConnectionCheck,
  type Rest,
} from '@tenure/applications';
import { ApplicationChanges, Simulations } from '@tenure/access';
import { newestReport } from '@tenure/provisioning';
import {
  CreateApplicationDto,
  PauseApplicationDto,
  SimulateMappingDto,
  UpdateApplicationDto,
} from './applications.dto.js';
import { AdminRoute } from '../http/admin-route.js';
import { PagedQuery, rowsPage, type PageOf } from '../http/page.js';
import { SimulationRuns } from '../access/simulation-runs.js';
import { simulationView } from '../access/simulation-view.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

/** `rest`: why nothing is sent to it now. */
type ApplicationView = Omit<Application, 'tenantId' | 'sealedCredentials'> & { readonly rest: Rest | null };

@AdminRoute('applications')
export class ApplicationsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Applications) private readonly applications: Applications,
    @Inject(ApplicationChanges) private readonly changes: ApplicationChanges,
    @Inject(Simulations) private readonly simulations: Simulations,
    @Inject(SimulationRuns) private readonly runs: SimulationRuns,
    @Inject(ApplicationPauses) private readonly pauses: ApplicationPauses,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A new application. `check` says whether it could be reached; one that could not is kept, and its work waits. */
  @Post()
  @Needs('configure')
  async create(@Caller() caller: Principal, @Body() input: CreateApplicationDto): Promise<object> {
    const { application, check } = await this.applications.create(caller.tenantId, actorOf(caller), {
      ...input,
      mode: input.mode ?? 'enforce',
      credentials: input.credentials ?? {},
    });
    return { ...this.view(application), check };
  }

  @Get()
  @PagedQuery()
  async list(
    @Caller() { tenantId }: Principal,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<ApplicationView>> {
    const page = await this.database.transaction(tenantId, (tx) =>
      rowsPage(tx.repository(Application), tenantId, query),
    );
    return { ...page, items: page.items.map((row) => this.view(row)) };
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<ApplicationView> {
    return this.view(await this.database.transaction(tenantId, (tx) => getApplication(tx, id)));
  }

  /**
   * Changes mode, configuration, credentials or mapping. A changed mapping is carried out for everybody; 202 when it would
   * change too many accounts, and so waits to be released. A mode that writes is answered with the newest `report` about it.
   */
  @Patch(':id')
  @Needs('configure')
  async update(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() change: UpdateApplicationDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const { application, held } = await this.changes.change(caller.tenantId, actorOf(caller), id, change);
    if (held) response.status(202);
    const { mode } = change;
    if (mode === undefined || mode === 'observe') return { ...this.view(application), ...(held && { held }) };
    const report = await this.database.transaction(caller.tenantId, (tx) => newestReport(tx, id, mode));
    return { ...this.view(application), report, ...(held && { held }) };
  }

  /** What another mapping would change, and for whom an expression of it fails; nothing is written. */
  @Post(':id/mapping/simulate')
  @HttpCode(200)
  @Needs('configure')
  async simulate(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) applicationId: string,
    @Body() { mapping }: SimulateMappingDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const change = { kind: 'mapping', applicationId, mapping } as const;
    return simulationView(
      await this.runs.run(tenantId, response, (signal) => this.simulations.ofChange(tenantId, change, signal)),
    );
  }

  /** Reads something harmless with the stored credentials, now. */
  @Post(':id/test')
  @HttpCode(200)
  @Needs('operate')
  async test(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<ConnectionCheck> {
    return this.applications.check(await this.database.transaction(tenantId, (tx) => getApplication(tx, id)));
  }

  /** Leaves the application alone from now on; calls that began may end. */
  @Post(':id/pause')
  @HttpCode(200)
  @Needs('operate')
  async pause(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason, until }: PauseApplicationDto,
  ): Promise<ApplicationView> {
    return this.view(await this.pauses.pause(caller.tenantId, actorOf(caller), id, reason, until ?? null));
  }

  /** Goes on with the application: everything that has waited is carried out, the most urgent first. */
  @Post(':id/resume')
  @HttpCode(200)
  @Needs('operate')
  async resume(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<ApplicationView> {
    return this.view(await this.pauses.resume(caller.tenantId, actorOf(caller), id));
  }

  private view({ tenantId: _, sealedCredentials: __, ...shown }: Application): ApplicationView {
    return { ...shown, rest: restOf(shown, this.clock.now()) };
  }
}
