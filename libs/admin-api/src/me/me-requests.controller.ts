import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { Database } from '@tenure/platform';
import type { OpenSession } from '@tenure/tenancy';
import { Answers, listRequests, Requests, type Requestable, type RequestView } from '@tenure/access';
import { actorOfEmployee, Employee } from './employee.js';
import { MeRoute } from './me-route.js';
import { PagedQuery, pageOf, readPage, refuseUnknown, type PageOf } from '../http/page.js';
import { AnswerDto, AskDto } from '../access/requests.dto.js';

@MeRoute()
export class MeRequestsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Requests) private readonly requests: Requests,
    @Inject(Answers) private readonly answers: Answers,
  ) {}

  /** What I may ask for, for how long at most, and who answers. */
  @Get('requestable')
  async requestable(@Employee() { tenantId, identityId }: OpenSession): Promise<{ items: Requestable[] }> {
    return { items: await this.requests.requestable(tenantId, identityId) };
  }

  /** Asks for access for a time. It begins with the approval and ends by itself. */
  @Post('requests')
  ask(@Employee() me: OpenSession, @Body() wish: AskDto): Promise<RequestView> {
    return this.requests.ask(me.tenantId, actorOfEmployee(me), { ...wish, identityId: me.identityId });
  }

  /** What I asked for, and what came of it. */
  @Get('requests')
  @PagedQuery()
  list(
    @Employee() { tenantId, identityId }: OpenSession,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<RequestView>> {
    return this.page(tenantId, { identityId }, query);
  }

  /** Takes back what nobody has answered yet. */
  @Post('requests/:id/cancel')
  @HttpCode(200)
  cancel(@Employee() me: OpenSession, @Param('id', ParseUUIDPipe) id: string): Promise<RequestView> {
    return this.requests.cancel(me.tenantId, actorOfEmployee(me), id, me.identityId);
  }

  /** What waits for my answer. */
  @Get('approvals')
  @PagedQuery()
  async approvals(
    @Employee() { tenantId, identityId }: OpenSession,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<RequestView & { readonly approvalId: string }>> {
    const page = await this.page(tenantId, { approverId: identityId }, query);
    const items = page.items.flatMap((request) => {
      const mine = request.approvals.find(({ approverId, state }) => approverId === identityId && state === 'pending');
      return mine ? [{ ...request, approvalId: mine.id }] : [];
    });
    return { ...page, items };
  }

  /** My answer to somebody's request. The same answer twice counts once. */
  @Post('approvals/:id')
  @HttpCode(200)
  answer(
    @Employee() me: OpenSession,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() answer: AnswerDto,
  ): Promise<RequestView> {
    return this.answers.byApprover(me.tenantId, actorOfEmployee(me), id, me.identityId, answer);
  }

  private async page(
    tenantId: string,
    of: { readonly identityId?: string; readonly approverId?: string },
    query: Record<string, string>,
  ): Promise<PageOf<RequestView>> {
    refuseUnknown(query, ['limit', 'cursor']);
    const { limit, after } = readPage(query);
    const asked = { ...of, limit: limit + 1, ...(after !== undefined && { after }) };
    return pageOf(await this.database.transaction(tenantId, (tx) => listRequests(tx, asked)), limit);
  }
}
