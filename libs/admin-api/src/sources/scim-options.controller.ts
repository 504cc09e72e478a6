import { Body, Get, Inject, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { CONFIG, Database, type Config } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { SourceOptions, type ScimOptions } from '@tenure/scim';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { ScimOptionsDto } from './scim-sources.dto.js';

/** What a tenant chooses for one SCIM source. */
@AdminRoute('sources')
export class ScimOptionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SourceOptions) private readonly options: SourceOptions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get(':id/scim')
  async get(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<ScimOptions & { sourceBaseUrl: string }> {
    const options = await this.database.transaction(tenantId, (tx) => this.options.of(tx, id));
    return { ...options, sourceBaseUrl: this.baseOf(id) };
  }

  /** Replaces all of it: what is left out is as if it had never been chosen. */
  @Put(':id/scim')
  @Needs('configure')
  async put(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { publicDiscovery, requestsPerMinute = null }: ScimOptionsDto,
  ): Promise<ScimOptions & { sourceBaseUrl: string }> {
    const options = { publicDiscovery, requestsPerMinute };
    await this.database.transaction(caller.tenantId, (tx) => this.options.set(tx, actorOf(caller), id, options));
    return { ...options, sourceBaseUrl: this.baseOf(id) };
  }

  /** The address that names the source; it serves what the common one serves, to this source's tokens only. */
  private baseOf(id: string): string {
    return `${this.config.publicUrl}/scim/v2/sources/${id}`;
  }
}
