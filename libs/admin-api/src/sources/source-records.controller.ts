import { Body, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Links, type StatementOutcome } from '@tenure/identity';
import { AdminRoute } from '../http/admin-route.js';
import { listPage } from '../http/list-query.js';
import { MergedPeople } from '../people/merged-people.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { LinkRecordDto } from './source-records.dto.js';

const FROM = {
  table: 'source_records',
  columns: `id, source_id AS "sourceId", key, version, attributes, identity_id AS "identityId", unresolved, disputed, missing_since AS "missingSince", missing_hold AS "missingHold", updated_at AS "updatedAt", deleted_at AS "deletedAt"`,
  narrowing: {
    sourceId: { column: 'source_id', uuid: true },
    identityId: { column: 'identity_id', uuid: true },
    unresolved: { column: '(unresolved IS NOT NULL)::text', uuid: false },
    disputed: { column: "(disputed <> '{}')::text", uuid: false },
    missing: { column: '(missing_since IS NOT NULL)::text', uuid: false },
  },
} as const;

@AdminRoute('source-records', 'sources')
export class SourceRecordsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Links) private readonly links: Links,
    @Inject(MergedPeople) private readonly merged: MergedPeople,
  ) {}

  /**
   * What sources say. `unresolved=true` lists the records for which no identity could be chosen, with the reason;
   * `missing=true` those that the source's last full file did not name.
   */
  @Get()
  @ApiQuery({ name: 'sourceId', required: false })
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'unresolved', required: false, enum: ['true', 'false'] })
  @ApiQuery({ name: 'disputed', required: false, enum: ['true', 'false'] })
  @ApiQuery({ name: 'missing', required: false, enum: ['true', 'false'] })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<{ id: string }>> {
    return listPage(this.database, tenantId, FROM, query);
  }
  /** Gives a record to an identity. An identity that has no record left by that was the same person, and is merged into it. */
  @Post(':id/link')
  @HttpCode(200)
  @Needs('configure')
  link(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { identityId }: LinkRecordDto,
  ): Promise<object> {
    return this.database.transaction(caller.tenantId, (tx) => this.merged.link(tx, actorOf(caller), id, identityId));
  }

  /** Makes the record somebody of its own: one that waits, or was given to the wrong person. */
  @Post(':id/unlink')
  @HttpCode(200)
  @Needs('configure')
  unlink(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<{ identityId: string }> {
    return this.database.transaction(caller.tenantId, (tx) => this.links.unlink(tx, actorOf(caller), id));
  }

  /** Weighs a record anew that waits, or of which something is disputed. */
  @Post(':id/retry')
  @HttpCode(200)
  @Needs('operate')
  retry(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<StatementOutcome> {
    return this.database.transaction(caller.tenantId, (tx) => this.links.retry(tx, actorOf(caller), id));
  }
}
