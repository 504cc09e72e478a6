import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Put, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiQuery } from '@nestjs/swagger';
import type { Request } from 'express';
import { Clock, CONFIG, Database, Refusal, type Config } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getSource, Retirements, Settlements, Source, Sources, type Retirement } from '@tenure/identity';
import { checkColumnMapping, Imports, type ImportOptions } from '@tenure/hrms-sync';
import { AdminRoute } from '../http/admin-route.js';
import { TakesFile } from '../http/body.interceptor.js';
import { PagedQuery, refuseUnknown, rowsPage, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { CreateSourceDto, DeactivationDto, RetireSourceDto } from './sources.dto.js';

/** `?preview=true&scope=partial`: a file that was to be previewed, or names some people only, must not be taken otherwise because of a typo. */
function importOptions(query: Readonly<Record<string, string>>): ImportOptions {
  refuseUnknown(query, ['preview', 'scope']);
  const { preview = 'false', scope = 'full' } = query;
  if (preview !== 'true' && preview !== 'false')
    throw new Refusal('parameter_invalid', 'preview must be true or false.');
  if (scope !== 'full' && scope !== 'partial') throw new Refusal('parameter_invalid', 'scope must be full or partial.');
  return { preview: preview === 'true', scope };
}

type SourceView = Pick<
  Source,
  | 'id'
  | 'kind'
  | 'name'
  | 'vendor'
  | 'mapping'
  | 'deactivation'
  | 'createdAt'
  | 'retiredAt'
  | 'retirePeople'
  | 'releasedAt'
>;
const view = ({
  id,
  kind,
  name,
  vendor,
  mapping,
  deactivation,
  createdAt,
  retiredAt,
  retirePeople,
  releasedAt,
}: Source): SourceView => ({
  id,
  kind,
  name,
  vendor,
  mapping,
  deactivation,
  createdAt,
  retiredAt,
  retirePeople,
  releasedAt,
});

@AdminRoute('sources')
export class SourcesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Sources) private readonly sources: Sources,
    @Inject(Imports) private readonly imports: Imports,
    @Inject(Retirements) private readonly retirements: Retirements,
    @Inject(Settlements) private readonly settlements: Settlements,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** A new source; its secret is in this answer and never again. */
  @Post()
  @Needs('configure')
  async create(@Caller() caller: Principal, @Body() input: CreateSourceDto): Promise<object> {
    const faults = checkColumnMapping(input.mapping ?? {});
    if (faults.length > 0) throw new Refusal('mapping_invalid', 'The mapping has mistakes; each is listed.', faults);
    const created = await this.database.transaction(caller.tenantId, (tx) =>
      this.sources.create(tx, actorOf(caller), this.clock.now(), input),
    );
    const { publicUrl } = this.config;
    return {
      ...created,
      kind: input.kind,
      name: input.name,
      ...(input.kind === 'scim' && { scimBaseUrl: `${publicUrl}/scim/v2` }),
      ...(input.kind === 'hrms' && { webhookUrl: `${publicUrl}/hrms/${created.id}/webhook` }),
    };
  }

  @Get()
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<SourceView>> {
    const page = await this.database.transaction(tenantId, (tx) => rowsPage(tx.repository(Source), tenantId, query));
    return { ...page, items: page.items.map(view) };
  }

  @Get(':id')
  async get(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<SourceView> {
    return view(await this.database.transaction(caller.tenantId, (tx) => getSource(tx, id)));
  }

  /** What it becomes when this source deactivates somebody: `nothing`, `suspend` or `terminate`. Everybody is settled anew. */
  @Put(':id/deactivation')
  @Needs('configure')
  deactivation(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { becomes }: DeactivationDto,
  ): Promise<SourceView> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      const cause = await this.sources.chooseDeactivation(tx, actorOf(caller), this.clock.now(), id, becomes);
      await this.settlements.everybody(tx, cause);
      return view(await getSource(tx, id));
    });
  }

  /**
   * Takes a source out of service: it says nothing any more. `keep` leaves its last words in force; `release` lets other
   * sources take their place, held when more people would leave than the tenant's limit.
   */
  @Post(':id/retire')
  @HttpCode(200)
  @Needs('configure')
  retire(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { people, reason }: RetireSourceDto,
  ): Promise<Retirement> {
    return this.database.transaction(caller.tenantId, (tx) =>
      this.retirements.retire(tx, actorOf(caller), id, people, reason),
    );
  }

  /**
   * A file of people (`text/csv`). With `preview=true` it is computed and shown, and nothing is applied. Who is not in a
   * `full` file is marked as missing; a `partial` one says nothing of others.
   */
  @Post(':id/files')
  @HttpCode(202)
  @Needs('configure')
  @TakesFile()
  @ApiQuery({ name: 'preview', required: false, enum: ['true', 'false'] })
  @ApiQuery({ name: 'scope', required: false, enum: ['full', 'partial'] })
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string' } })
  async upload(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: Record<string, string>,
    @Req() request: Request,
  ): Promise<{ id: string }> {
    if (!Buffer.isBuffer(request.body))
      throw new Refusal('media_type_wrong', 'Send the file itself with Content-Type: text/csv.');
    return { id: await this.imports.begin(caller.tenantId, actorOf(caller), id, request.body, importOptions(query)) };
  }
}
