import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Clock, Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { decideHold, Hold, type HoldState } from '@tenure/identity';
import { appendFact } from '@tenure/journal';
import { AdminRoute } from '../http/admin-route.js';
import { HELD_KINDS, HeldCauses } from './held-causes.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { OptionalReasonDto, ReasonDto } from '../http/reason.dto.js';

const FROM = {
  table: 'holds',
  columns: `id, kind, subject_id AS "subjectId", reason, effect, action, state, held_at AS "heldAt", held_for AS "heldFor", decided_at AS "decidedAt",
    decided_by AS "decidedBy", decision_reason AS "decisionReason"`,
  narrowing: {
    kind: { column: 'kind', uuid: false },
    state: { column: 'state', uuid: false },
    subjectId: { column: 'subject_id', uuid: true },
  },
} as const;

type HoldView = Omit<Hold, 'tenantId'>;
const view = ({ tenantId: _, ...shown }: Hold): HoldView => shown;

@AdminRoute('holds')
export class HoldsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(HeldCauses) private readonly causes: HeldCauses,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Causes that wait for somebody's word because of what they would do: how many people, of how many, and some to look at. */
  @Get()
  @ApiQuery({ name: 'kind', required: false, enum: HELD_KINDS })
  @ApiQuery({ name: 'state', required: false, enum: ['held', 'released', 'rejected', 'superseded'] })
  @ApiQuery({ name: 'subjectId', required: false })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<HoldView>> {
    return listPage<HoldView>(this.database, tenantId, FROM, query);
  }

  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<HoldView> {
    const found = await this.database.transaction(tenantId, (tx) => tx.repository(Hold).findOneBy({ tenantId, id }));
    if (!found) throw new Refusal('hold_not_found', `There is no hold with the id ${id}.`);
    return view(found);
  }

  /** Lets it happen. */
  @Post(':id/release')
  @HttpCode(200)
  @Needs('configure')
  release(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: OptionalReasonDto,
  ): Promise<HoldView> {
    return this.decide(caller, id, 'released', reason ?? null);
  }

  /** Lets it fall. */
  @Post(':id/reject')
  @HttpCode(200)
  @Needs('configure')
  reject(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<HoldView> {
    return this.decide(caller, id, 'rejected', reason);
  }

  private decide(
    caller: Principal,
    id: string,
    state: Extract<HoldState, 'released' | 'rejected'>,
    reason: string | null,
  ): Promise<HoldView> {
    const by = actorOf(caller);
    return this.database.transaction(caller.tenantId, async (tx) => {
      const hold = await decideHold(tx, this.clock.now(), id, { state, by: by.actor, reason });
      const payload = { kind: hold.kind, subjectId: hold.subjectId, reason };
      const fact = { verb: `hold.${state}`, subjectKind: 'hold', subjectId: id, payload } as const;
      const cause = await appendFact(tx, by, this.clock.now(), fact);
      await this.causes.decided(tx, { ...by, cause }, hold);
      return view(hold);
    });
  }
}
