import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { Response } from 'express';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import type { SourceGroup } from '@tenure/identity';
import {
  getGroupPush,
  GROUP_PUSH_ENDS,
  GROUP_PUSH_STATES,
  GroupPushes,
  type GroupPush,
  type GroupPushEnd,
} from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { CreateGroupPushDto } from './group-pushes.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

const GROUPS = {
  table: 'source_groups',
  columns: 'id, source_id AS "sourceId", name, deleted_at AS "deletedAt"',
  narrowing: { sourceId: { column: 'source_id', uuid: true }, name: { column: 'name', uuid: false } },
} as const;

const PUSHES = {
  table: 'group_pushes',
  columns: `id, application_id AS "applicationId", source_id AS "sourceId", group_id AS "groupId", entitlement_id AS "entitlementId",
    policy_id AS "policyId", follows_name AS "followsName", on_end AS "onEnd", state, note, created_at AS "createdAt", ended_at AS "endedAt"`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    groupId: { column: 'group_id', uuid: true },
    state: { column: 'state', uuid: false },
  },
} as const;

type GroupView = Pick<SourceGroup, 'id' | 'sourceId' | 'name' | 'deletedAt'>;
type View = Omit<GroupPush, 'tenantId' | 'dueAt'>;
const view = ({ tenantId: _, dueAt: __, ...push }: GroupPush): View => push;

@AdminRoute('groups')
export class SourceGroupsController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** The groups that sources have: what can be pushed. */
  @Get()
  @ApiQuery({ name: 'sourceId', required: false })
  @ApiQuery({ name: 'name', required: false })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<GroupView>> {
    return listPage<GroupView>(this.database, tenantId, GROUPS, query);
  }
}

@AdminRoute('group-pushes')
export class GroupPushesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(GroupPushes) private readonly pushes: GroupPushes,
  ) {}

  /** Has a source's group in an application too: made or found there, filled, renamed and deleted as the source does. */
  @Post()
  @Needs('configure')
  async create(@Caller() caller: Principal, @Body() input: CreateGroupPushDto): Promise<View> {
    const { kind = 'group', onEnd = 'delete', ...rest } = input;
    return view(await this.pushes.begin(caller.tenantId, actorOf(caller), { ...rest, kind, onEnd }));
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<View> {
    return view(await this.database.transaction(tenantId, (tx) => getGroupPush(tx, id)));
  }

  /** Which groups are pushed where; `note` says what a push waits for. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'groupId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: GROUP_PUSH_STATES })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<View>> {
    return listPage<View>(this.database, tenantId, PUSHES, query);
  }

  /** Ends a push: its members leave the group in the application, which then goes or stays (`onEnd`). 202 when it waits to be released. */
  @Delete(':id')
  @HttpCode(200)
  @Needs('configure')
  @ApiQuery({ name: 'onEnd', required: false, enum: GROUP_PUSH_ENDS })
  async end(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Query('onEnd') onEnd: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<View & { held?: object }> {
    if (onEnd !== undefined && !isEnd(onEnd))
      throw new Refusal('parameter_invalid', `onEnd must be one of ${GROUP_PUSH_ENDS.join(', ')}.`);
    const { push, held } = await this.pushes.end(caller.tenantId, actorOf(caller), id, onEnd);
    if (held) response.status(202);
    return { ...view(push), ...(held && { held }) };
  }
}

const isEnd = (text: string): text is GroupPushEnd => GROUP_PUSH_ENDS.some((one) => one === text);
