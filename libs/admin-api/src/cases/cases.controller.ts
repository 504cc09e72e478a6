import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, Refusal, type Tx } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Case } from '@tenure/identity';
import { AdminRoute } from '../http/admin-route.js';
import { actionsFor, CASE_KINDS } from './case-actions.js';
import { CaseResolutions } from './case-resolutions.js';
import { ResolveCaseDto } from './cases.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { Caller, Needs } from '../http/principal.js';

const FROM = {
  table: 'cases',
  columns: `id, kind, subject_id AS "subjectId", topic, reason, details, state, opened_at AS "openedAt", closed_at AS "closedAt",
    closed_by AS "closedBy", resolution`,
  narrowing: {
    kind: { column: 'kind', uuid: false },
    state: { column: 'state', uuid: false },
    subjectId: { column: 'subject_id', uuid: true },
  },
} as const;

type CaseRow = Omit<Case, 'tenantId'>;
type CaseView = CaseRow & { readonly actions: readonly string[] };

/** With what can be done about it. */
const view = (row: CaseRow): CaseView => ({ ...row, actions: row.state === 'open' ? actionsFor(row.kind) : [] });

@AdminRoute('cases')
export class CasesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CaseResolutions) private readonly resolutions: CaseResolutions,
  ) {}

  /** Questions that only a person can answer, with what helps to answer them and what can be done. */
  @Get()
  @ApiQuery({ name: 'kind', required: false, enum: CASE_KINDS })
  @ApiQuery({ name: 'state', required: false, enum: ['open', 'resolved', 'dismissed'] })
  @ApiQuery({ name: 'subjectId', required: false })
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<CaseView>> {
    const page = await listPage<CaseRow>(this.database, tenantId, FROM, query);
    return { ...page, items: page.items.map(view) };
  }

  @Get(':id')
  get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<CaseView> {
    return this.database.transaction(tenantId, (tx) => getCase(tx, id));
  }

  /** Answers a case. The answer tells what was done, and the case as it is now: weighed anew, it may remain. */
  @Post(':id/resolve')
  @HttpCode(200)
  @Needs('operate')
  resolve(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() answer: ResolveCaseDto,
  ): Promise<object> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      const done = await this.resolutions.resolve(tx, caller, id, answer);
      return { ...done, case: await getCase(tx, id) };
    });
  }
}

async function getCase(tx: Tx, id: string): Promise<CaseView> {
  const found = await tx.repository(Case).findOneBy({ tenantId: tx.tenantId, id });
  if (!found) throw new Refusal('case_not_found', `There is no case with the id ${id}.`);
  const { tenantId: _, ...row } = found;
  return view(row);
}
