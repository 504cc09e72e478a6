import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Clock, CONFIG, Database, OutboundHttp, Refusal, search, type Config, type Tx } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import {
  checkSetup,
  ConnectionKeys,
  ConnectionSetup,
  connectionUrls,
  connectionViews,
  describeSamlSetup,
  getConnection,
  readIdp,
  SAML_PRESETS,
  type SamlSetup,
} from '@tenure/saml-jit';
import { AdminRoute } from '../http/admin-route.js';
import { narrow } from '../http/list-query.js';
import { oneOf, PagedQuery, pageOf, readPage, refuseUnknown, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { settingsIn } from './saml-settings.js';
import { CreateSamlConnectionDto, IdpDto, UpdateSamlConnectionDto } from './saml-connections.dto.js';

@AdminRoute('saml-connections', 'saml')
export class SamlConnectionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ConnectionSetup) private readonly setup: ConnectionSetup,
    @Inject(OutboundHttp) private readonly http: OutboundHttp,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** A connection to an identity provider; the answer has what its admin must enter there. */
  @Post()
  @Needs('configure')
  async create(@Caller() caller: Principal, @Body() input: CreateSamlConnectionDto): Promise<object> {
    const { name, wantSigned = 'both' } = input;
    const settings = settingsIn(input);
    const idp = await readIdp(this.http, input, this.clock.now());
    const keys = await ConnectionKeys.make();
    return this.database.transaction(caller.tenantId, async (tx) => {
      const id = await this.setup.create(tx, actorOf(caller), { name, idp, wantSigned, settings }, keys);
      return this.view(tx, id);
    });
  }

  @Get()
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<object>> {
    const { limit, after } = readPage(query);
    narrow(query, {});
    const rows = await search<{ id: string }>(this.database, tenantId, {
      table: 'saml_connections',
      columns: 'id',
      filter: { sql: 'deleted_at IS NULL', params: [] },
      limit: limit + 1,
      ...(after !== undefined && { after }),
    });
    const { items, ...page } = pageOf(rows, limit);
    const ids = items.map(({ id }) => id);
    return { items: await this.database.transaction(tenantId, (tx) => this.views(tx, ids)), ...page };
  }

  /** With the identity provider's certificates, our keys, and how long each is good. */
  @Get(':id')
  get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.database.transaction(tenantId, (tx) => this.view(tx, id));
  }

  /** Changes what is given; what is left out stays. */
  @Patch(':id')
  @Needs('configure')
  change(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: UpdateSamlConnectionDto,
  ): Promise<object> {
    const { name } = input;
    const change = { ...settingsIn(input), ...(name !== undefined && { name }) };
    return this.changed(caller, id, (tx) => this.setup.change(tx, actorOf(caller), id, change));
  }

  /** New addresses and certificates of the same identity provider. Certificates that it gives no more are good for another day. */
  @Put(':id/idp')
  @Needs('configure')
  async replaceIdp(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: IdpDto,
  ): Promise<object> {
    await this.database.transaction(caller.tenantId, (tx) => getConnection(tx, id));
    const idp = await readIdp(this.http, input, this.clock.now());
    return this.changed(caller, id, (tx) => this.setup.replaceIdp(tx, actorOf(caller), id, idp));
  }

  /** Nobody logs in through it any more, and the sessions that it opened end. */
  @Post(':id/disable')
  @HttpCode(200)
  @Needs('configure')
  disable(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.changed(caller, id, (tx) => this.setup.setEnabled(tx, actorOf(caller), id, false));
  }

  /** Lets people log in again. */
  @Post(':id/enable')
  @HttpCode(200)
  @Needs('configure')
  enable(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.changed(caller, id, (tx) => this.setup.setEnabled(tx, actorOf(caller), id, true));
  }

  /** Ends it, its keys and sessions. Its source is retired; what it said of people stays until its people are released. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('configure')
  async remove(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.database.transaction(caller.tenantId, (tx) => this.setup.remove(tx, actorOf(caller), id));
  }

  /** What to enter at the identity provider, and how far the set-up is as seen from here. */
  @Get(':id/setup')
  @ApiQuery({ name: 'preset', required: false, enum: SAML_PRESETS })
  describe(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: Record<string, string>,
  ): Promise<SamlSetup & { check: object }> {
    refuseUnknown(query, ['preset']);
    const preset = oneOf(query, 'preset', SAML_PRESETS) ?? 'generic';
    return this.database.transaction(tenantId, async (tx) => {
      const row = await getConnection(tx, id);
      const urls = connectionUrls(this.config.publicUrl, id);
      return { ...describeSamlSetup(preset, urls), check: await checkSetup(tx, row) };
    });
  }

  private changed(caller: Principal, id: string, change: (tx: Tx) => Promise<unknown>): Promise<object> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      await change(tx);
      return this.view(tx, id);
    });
  }

  private async view(tx: Tx, id: string): Promise<object> {
    const [view] = await this.views(tx, [id]);
    if (view === undefined) throw new Refusal('saml_connection_not_found', 'There is no such connection.');
    return view;
  }

  private views(tx: Tx, ids: readonly string[]): Promise<object[]> {
    return connectionViews(tx, ids, this.config.publicUrl, this.clock.now());
  }
}
