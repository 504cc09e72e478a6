import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { ScimSchemas } from '@tenure/scim';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { RegisterSchemaDto } from './scim-sources.dto.js';

@AdminRoute('scim-schemas')
export class ScimSchemasController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ScimSchemas) private readonly schemas: ScimSchemas,
  ) {}

  /** An extension of users or groups; from now on it is described, validated, filtered and patched at the SCIM door. */
  @Post()
  @Needs('configure')
  register(@Caller() caller: Principal, @Body() input: RegisterSchemaDto): Promise<{ id: string; lacking: number }> {
    return this.database.transaction(caller.tenantId, (tx) => this.schemas.register(tx, actorOf(caller), { ...input }));
  }

  @Get()
  async list(@Caller() { tenantId }: Principal): Promise<{ items: object[] }> {
    const rows = await this.database.transaction(tenantId, (tx) => this.schemas.list(tx));
    return {
      items: rows.map(({ id, resourceType, required, definition, createdAt, stored }) => ({
        ...{ id, resourceType, required, createdAt, stored },
        schema: definition,
      })),
    };
  }

  /** What clients wrote under it stays as it is. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('configure')
  async remove(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.database.transaction(caller.tenantId, (tx) => this.schemas.remove(tx, actorOf(caller), id));
  }
}
