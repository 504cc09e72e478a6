import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { ScimTypes } from '@tenure/scim';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { RegisterTypeDto } from './scim-sources.dto.js';

@AdminRoute('scim-resource-types')
export class ScimTypesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ScimTypes) private readonly types: ScimTypes,
  ) {}

  /** A resource type beside users and groups; from now on SCIM clients can write resources of it. */
  @Post()
  @Needs('configure')
  register(@Caller() caller: Principal, @Body() input: RegisterTypeDto): Promise<{ id: string }> {
    return this.database.transaction(caller.tenantId, (tx) => this.types.register(tx, actorOf(caller), { ...input }));
  }

  @Get()
  async list(@Caller() { tenantId }: Principal): Promise<{ items: object[] }> {
    const rows = await this.database.transaction(tenantId, (tx) => this.types.list(tx));
    return {
      items: rows.map(({ id, name, endpoint, description, definition, createdAt }) => ({
        ...{ id, name, endpoint, description, createdAt },
        schema: definition,
      })),
    };
  }

  /** Only while there are no resources of it. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('configure')
  async remove(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.database.transaction(caller.tenantId, (tx) => this.types.remove(tx, actorOf(caller), id));
  }
}
