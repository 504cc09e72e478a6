import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Answers, getRequestView, listRequests, REQUEST_STATES, Requests, type RequestView } from '@tenure/access';
import { AdminRoute } from '../http/admin-route.js';
import { idOf, oneOf, PagedQuery, pageOf, readPage, refuseUnknown, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { AnswerDto, AskForDto } from './requests.dto.js';

@AdminRoute('requests')
export class RequestsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Requests) private readonly requests: Requests,
    @Inject(Answers) private readonly answers: Answers,
  ) {}

  /** Asks for access for a person, on the terms of the policy that allows it. */
  @Post()
  @Needs('configure')
  ask(@Caller() caller: Principal, @Body() wish: AskForDto): Promise<RequestView> {
    return this.requests.ask(caller.tenantId, actorOf(caller), wish);
  }

  /** Who asked for what, whose answer it waits for, and what came of it. */
  @Get()
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: REQUEST_STATES })
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<RequestView>> {
    refuseUnknown(query, ['identityId', 'state', 'limit', 'cursor']);
    const { limit, after } = readPage(query);
    const asked = {
      identityId: idOf(query, 'identityId'),
      state: oneOf(query, 'state', REQUEST_STATES),
      after,
      limit: limit + 1,
    };
    return pageOf(await this.database.transaction(tenantId, (tx) => listRequests(tx, asked)), limit);
  }

  @Get(':id')
  get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<RequestView> {
    return this.database.transaction(tenantId, (tx) => getRequestView(tx, id));
  }

  /** Answers in the place of whoever was asked. */
  @Post(':id/decide')
  @HttpCode(200)
  @Needs('configure')
  decide(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() answer: AnswerDto,
  ): Promise<RequestView> {
    return this.answers.byAdmin(caller.tenantId, actorOf(caller), id, answer);
  }
}
