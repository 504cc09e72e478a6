import { Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, search } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import type { FilterColumns } from '@tenure/scim';
import { attributeHistory, type AttributeValue } from './attribute-history.js';
import { IDENTITY_COLUMNS, identityView, wholeIdentity, type IdentityRow } from './identity-view.js';
import { PagedQuery, pageOf, readPage, refuseUnknown, type PageOf } from '../http/page.js';
import { AdminRoute } from '../http/admin-route.js';
import { Caller } from '../http/principal.js';
import { readFilter } from '../http/read-filter.js';

const COLUMNS: FilterColumns = {
  id: { column: 'id', type: 'uuid' },
  state: { column: 'state', type: 'text' },
  username: { column: 'user_name_key', type: 'key' },
  email: { column: 'email_key', type: 'key' },
  employeenumber: { column: 'employee_number', type: 'text' },
  displayname: { column: 'display_name', type: 'text' },
  department: { column: 'department', type: 'text' },
  managerid: { column: 'manager_id', type: 'uuid' },
  ismanager: { column: 'is_manager', type: 'boolean' },
};

@AdminRoute('identities')
export class IdentitiesController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** People. `filter` in SCIM's grammar: `department eq "Sales" and state eq "active"`. */
  @Get()
  @ApiQuery({ name: 'filter', required: false })
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<object>> {
    refuseUnknown(query, ['filter', 'limit', 'cursor']);
    const { limit, after } = readPage(query);
    const filter = readFilter(query.filter, COLUMNS);
    const rows = await search<IdentityRow>(this.database, tenantId, {
      table: 'identities',
      columns: IDENTITY_COLUMNS,
      filter,
      limit: limit + 1,
      ...(after !== undefined && { after }),
    });
    return pageOf(rows.map(identityView), limit);
  }

  /** One person whole: where each value comes from, what sources say and will say, which access there is and why. */
  @Get(':id')
  get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.database.transaction(tenantId, (tx) => wholeIdentity(tx, id));
  }

  /** The values that an attribute had, newest first: since when, from which source and record, and because of what. */
  @Get(':id/attributes/:name')
  async attribute(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('name') name: string,
  ): Promise<{ items: readonly AttributeValue[] }> {
    return { items: await this.database.transaction(tenantId, (tx) => attributeHistory(tx, id, name)) };
  }
}
