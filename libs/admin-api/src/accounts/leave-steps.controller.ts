import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { LEAVE_STEPS, type LeaveStep } from '@tenure/applications';
import { LeaveTasks } from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { ReasonDto } from '../http/reason.dto.js';

const FROM = {
  table: 'leave_steps',
  columns: `id, account_id AS "accountId", application_id AS "applicationId", episode, kind, position, reason, state, due_at AS "dueAt",
    to_identity_id AS "toIdentityId", error, note, done_at AS "doneAt", done_by AS "doneBy"`,
  narrowing: {
    accountId: { column: 'account_id', uuid: true },
    applicationId: { column: 'application_id', uuid: true },
    state: { column: 'state', uuid: false },
    kind: { column: 'kind', uuid: false },
    episode: { column: 'episode', uuid: true },
  },
} as const;

type View = Omit<LeaveStep, 'tenantId'>;
const view = ({ tenantId: _, ...shown }: LeaveStep): View => shown;

@AdminRoute('leave-steps')
export class LeaveStepsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(LeaveTasks) private readonly tasks: LeaveTasks,
  ) {}

  /** What follows when accounts are disabled, step by step. `unsupported` and `failed` wait for a person. */
  @Get()
  @ApiQuery({ name: 'accountId', required: false })
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: ['due', 'done', 'unsupported', 'failed', 'skipped', 'cancelled'] })
  @ApiQuery({ name: 'kind', required: false, enum: LEAVE_STEPS })
  @ApiQuery({ name: 'episode', required: false })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<View>> {
    return listPage<View>(this.database, tenantId, FROM, query);
  }

  /** Somebody has done it by hand; the reason says how, and where that can be seen. */
  @Post(':id/done')
  @HttpCode(200)
  @Needs('operate')
  async done(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<View> {
    return view(await this.tasks.say(caller.tenantId, actorOf(caller), id, 'done', reason));
  }

  /** It is not to be done. */
  @Post(':id/skip')
  @HttpCode(200)
  @Needs('operate')
  async skip(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<View> {
    return view(await this.tasks.say(caller.tenantId, actorOf(caller), id, 'skipped', reason));
  }

  /** The engine tries it again, now. */
  @Post(':id/retry')
  @HttpCode(200)
  @Needs('operate')
  async retry(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<View> {
    return view(await this.tasks.say(caller.tenantId, actorOf(caller), id, 'retried', null));
  }
}
