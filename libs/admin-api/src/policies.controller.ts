import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Put } from '@nestjs/common';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Policies, Policy, PolicyVersion, type PolicyInput } from '@tenure/access';
import { PolicyDto } from './policies.dto.js';
import { AdminRoute } from './admin-route.js';
import { actorOf, Caller, Needs } from './principal.js';

const inputOf = (dto: PolicyDto): PolicyInput => ({ ...dto, publish: dto.publish ?? false });

@AdminRoute('policies')
export class PoliciesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Policies) private readonly policies: Policies,
  ) {}

  /** A new birthright rule. Refused with the position of each mistake. */
  @Post()
  @Needs('configure')
  create(@Caller() caller: Principal, @Body() input: PolicyDto): Promise<{ id: string; version: number }> {
    return this.policies.create(caller.tenantId, actorOf(caller), inputOf(input));
  }

  /** The next version of a rule. */
  @Put(':id')
  @Needs('configure')
  revise(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: PolicyDto,
  ): Promise<{ id: string; version: number }> {
    return this.policies.revise(caller.tenantId, actorOf(caller), id, inputOf(input));
  }

  /** Takes a rule out of force; its versions stay. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('configure')
  withdraw(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.policies.withdraw(caller.tenantId, actorOf(caller), id);
  }

  @Get()
  async list(@Caller() { tenantId }: Principal): Promise<{ items: Policy[] }> {
    return {
      items: await this.database.transaction(tenantId, (tx) =>
        tx.repository(Policy).find({ where: { tenantId }, order: { id: 'ASC' } }),
      ),
    };
  }

  /** A rule with all its versions, newest first. */
  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.database.transaction(tenantId, async (tx) => {
      const policy = await tx.repository(Policy).findOneBy({ tenantId, id });
      if (!policy) throw new Refusal('not_found', 'policy_not_found', `There is no policy with the id ${id}.`);
      return {
        ...policy,
        versions: await tx
          .repository(PolicyVersion)
          .find({ where: { tenantId, policyId: id }, order: { version: 'DESC' } }),
      };
    });
  }
}
