import { Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { listScheduled, Schedules, type ScheduledChange } from '@tenure/identity';
import { AdminRoute } from '../http/admin-route.js';
import { idOf, oneOf, PagedQuery, pageOf, readPage, refuseUnknown, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

const STATES = ['due', 'applied', 'cancelled', 'failed'] as const;

@AdminRoute('scheduled-changes', 'sources')
export class ScheduledChangesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Schedules) private readonly schedules: Schedules,
  ) {}

  /** What sources have said of later days: what is due and when, and what became of the rest. */
  @Get()
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'sourceId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: STATES })
  @PagedQuery()
  async list(
    @Caller() { tenantId }: Principal,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<ScheduledChange>> {
    refuseUnknown(query, ['identityId', 'sourceId', 'state', 'limit', 'cursor']);
    const { limit, after } = readPage(query);
    const [identityId, sourceId] = [idOf(query, 'identityId'), idOf(query, 'sourceId')];
    const asked = { identityId, sourceId, state: oneOf(query, 'state', STATES), after, limit: limit + 1 };
    return pageOf(await this.database.transaction(tenantId, (tx) => listScheduled(tx, asked)), limit);
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<ScheduledChange> {
    const [found] = await this.database.transaction(tenantId, (tx) => listScheduled(tx, { id, limit: 1 }));
    if (found === undefined)
      throw new Refusal('scheduled_change_not_found', `There is no scheduled change with the id ${id}.`);
    return found;
  }

  /** Takes back what waits, or has failed: a person who was to leave stays. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('configure')
  cancel(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.database.transaction(caller.tenantId, (tx) => this.schedules.cancel(tx, actorOf(caller), id));
  }

  /** Applies a failed change again. */
  @Post(':id/retry')
  @HttpCode(202)
  @Needs('operate')
  async retry(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<{ id: string }> {
    await this.database.transaction(caller.tenantId, (tx) => this.schedules.retry(tx, actorOf(caller), id));
    return { id };
  }
}
