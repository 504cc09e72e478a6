import { Get, Inject, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { AdminRoute } from './admin-route.js';
import { listPage } from './list-query.js';
import { Caller } from './principal.js';
import { PagedQuery, type PageOf } from './page.js';

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
  constructor(@Inject(Database) private readonly database: Database) {}

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
}
