import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Put, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import {
  Policies,
  Policy,
  PolicyVersion,
  Simulations,
  type Held,
  type PolicyInput,
  type SavedPolicy,
  type Simulation,
} from '@tenure/access';
import { PolicyDto, PublishPolicyDto, SimulatePolicyDto } from './policies.dto.js';
import { AdminRoute } from '../http/admin-route.js';
import { PagedQuery, rowsPage, type PageOf } from '../http/page.js';
import { SimulationRuns } from './simulation-runs.js';
import { simulationView } from './simulation-view.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

const inputOf = (dto: PolicyDto): PolicyInput => ({ ...dto, publish: dto.publish ?? false });

/** 202 says that it waits for somebody's word. */
function told<Answer extends { readonly held?: Held }>(response: Response, answer: Answer): Answer {
  if (answer.held) response.status(202);
  return answer;
}

@AdminRoute('policies')
export class PoliciesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Policies) private readonly policies: Policies,
    @Inject(Simulations) private readonly simulations: Simulations,
    @Inject(SimulationRuns) private readonly runs: SimulationRuns,
  ) {}

  /** A new rule of access. Refused with the position of each mistake. */
  @Post()
  @Needs('configure')
  create(@Caller() caller: Principal, @Body() input: PolicyDto): Promise<SavedPolicy> {
    return this.policies.create(caller.tenantId, actorOf(caller), inputOf(input));
  }

  /** What a draft, or a saved version, would give and take, counted by department and application; nothing is written. */
  @Post('simulate')
  @HttpCode(200)
  @Needs('configure')
  async simulate(
    @Caller() { tenantId }: Principal,
    @Body() input: SimulatePolicyDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    return simulationView(
      await this.runs.run(tenantId, response, (signal) => this.simulation(tenantId, input, signal)),
    );
  }

  private async simulation(tenantId: string, input: SimulatePolicyDto, signal: AbortSignal): Promise<Simulation> {
    const { policyId, version, condition, grants, name = 'draft', ...draft } = input;
    if (condition !== undefined || grants !== undefined) {
      if (condition === undefined || grants === undefined)
        throw new Refusal('draft_incomplete', 'A draft needs a condition and grants.');
      return this.simulations.ofDraft(tenantId, { ...draft, name, condition, grants }, policyId, signal);
    }
    if (policyId === undefined)
      throw new Refusal('nothing_to_simulate', 'Send a draft (condition, grants), or policyId and version.');
    const saved = await this.find(tenantId, policyId);
    const change = { kind: 'policy_publish', policyId, version: version ?? saved.latestVersion } as const;
    return this.simulations.ofChange(tenantId, change, signal);
  }

  /** The next version of a rule. 202 when publishing it would take too much from too many, and so waits to be released. */
  @Put(':id')
  @Needs('configure')
  async revise(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: PolicyDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SavedPolicy> {
    return told(response, await this.policies.revise(caller.tenantId, actorOf(caller), id, inputOf(input)));
  }

  /** Puts a version into force: the latest, or an earlier one again. 202 when it waits to be released. */
  @Post(':id/publish')
  @HttpCode(200)
  @Needs('configure')
  async publish(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { version }: PublishPolicyDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SavedPolicy> {
    return told(response, await this.policies.publish(caller.tenantId, actorOf(caller), id, version));
  }

  /** Takes a rule out of force; its versions stay. 202 when that would take too much from too many. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('configure')
  async withdraw(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object | undefined> {
    const held = await this.policies.withdraw(caller.tenantId, actorOf(caller), id);
    return held ? told(response, { id, held }) : undefined;
  }

  @Get()
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<Policy>> {
    return this.database.transaction(tenantId, (tx) => rowsPage(tx.repository(Policy), tenantId, query));
  }

  /** A rule with all its versions, newest first. */
  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    const policy = await this.find(tenantId, id);
    const versions = await this.database.transaction(tenantId, (tx) =>
      tx.repository(PolicyVersion).find({ where: { tenantId, policyId: id }, order: { version: 'DESC' } }),
    );
    return { ...policy, versions };
  }

  private async find(tenantId: string, id: string): Promise<Policy> {
    const policy = await this.database.transaction(tenantId, (tx) => tx.repository(Policy).findOneBy({ tenantId, id }));
    if (!policy) throw new Refusal('policy_not_found', `There is no policy with the id ${id}.`);
    return policy;
  }
}
