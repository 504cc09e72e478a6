import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Clock, Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getGrant, GRANT_STATES, Grants, listGrants, stateOfGrant, type Grant } from '@tenure/access';
import { AdminRoute } from '../http/admin-route.js';
import { CreateGrantDto, ExtendGrantDto } from './grants.dto.js';
import { ReasonDto } from '../http/reason.dto.js';
import { idOf, oneOf, PagedQuery, pageOf, readPage, refuseUnknown, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

type View = { readonly id: string } & Readonly<Record<string, unknown>>;

@AdminRoute('grants')
export class GrantsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Grants) private readonly grants: Grants,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Gives one person access directly, with a reason, from a start to an end. */
  @Post()
  @Needs('configure')
  async give(@Caller() caller: Principal, @Body() input: CreateGrantDto): Promise<View> {
    return this.view(await this.grants.give(caller.tenantId, actorOf(caller), input));
  }

  /** Why people have what they have. `state`: in force, yet to begin, or ended. */
  @Get()
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: GRANT_STATES })
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<View>> {
    refuseUnknown(query, ['identityId', 'applicationId', 'state', 'limit', 'cursor']);
    const { limit, after } = readPage(query);
    const asked = {
      identityId: idOf(query, 'identityId'),
      applicationId: idOf(query, 'applicationId'),
      state: oneOf(query, 'state', GRANT_STATES),
      after,
      limit: limit + 1,
    };
    const rows = await this.database.transaction(tenantId, (tx) => listGrants(tx, this.clock.now(), asked));
    return pageOf(
      rows.map((grant) => this.view(grant)),
      limit,
    );
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<View> {
    return this.view(await this.database.transaction(tenantId, (tx) => getGrant(tx, id)));
  }

  /** Moves the end of a grant that was given directly. */
  @Post(':id/extend')
  @HttpCode(200)
  @Needs('configure')
  async extend(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: ExtendGrantDto,
  ): Promise<View> {
    return this.view(await this.grants.extend(caller.tenantId, actorOf(caller), id, input));
  }

  /** Ends a grant that was given directly, now. */
  @Post(':id/end')
  @HttpCode(200)
  @Needs('configure')
  async end(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: ReasonDto,
  ): Promise<View> {
    return this.view(await this.grants.end(caller.tenantId, actorOf(caller), id, input));
  }

  private view({ tenantId: _, ...grant }: Grant): View {
    return { ...grant, state: stateOfGrant(grant, this.clock.now()) };
  }
}
