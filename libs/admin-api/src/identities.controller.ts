import { Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, Refusal, search, type Tx } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Identity, SourceRecord } from '@tenure/identity';
import { Account } from '@tenure/applications';
import { Grant } from '@tenure/access';
import type { FilterColumns } from '@tenure/scim';
import { accountView } from './accounts.controller.js';
import { PagedQuery, pageOf, readPage, refuseUnknown, type PageOf } from './page.js';
import { AdminRoute } from './admin-route.js';
import { Caller } from './principal.js';
import { readFilter } from './read-filter.js';

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

interface IdentityRow {
  id: string;
  state: string;
  attributes: object;
  managerId: string | null;
  isManager: boolean;
  dueAt: Date | null;
  version: string;
  accessVersion: string;
}

const SHOWN = `id, state, attributes, manager_id AS "managerId", is_manager AS "isManager", due_at AS "dueAt", version, access_version AS "accessVersion"`;

type View = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Attributes first, so that none can stand in for what is ours. */
const view = ({ attributes, version, accessVersion, ...rest }: IdentityRow): View => ({
  ...attributes,
  ...rest,
  version: Number(version),
  accessVersion: Number(accessVersion),
});

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
      columns: SHOWN,
      filter,
      limit: limit + 1,
      ...(after !== undefined && { after }),
    });
    return pageOf(rows.map(view), limit);
  }

  /** One person: where each value comes from, what sources say, which access there is and why. */
  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.database.transaction(tenantId, async (tx) => {
      const identity = await tx.repository(Identity).findOneBy({ tenantId, id });
      if (!identity) throw new Refusal('not_found', 'identity_not_found', `There is no identity with the id ${id}.`);
      const accounts = await tx.repository(Account).findBy({ tenantId, identityId: id });
      const grants = await tx.repository(Grant).findBy({ tenantId, identityId: id });
      const records = await tx.repository(SourceRecord).findBy({ tenantId, identityId: id });
      return {
        ...view(identity),
        lineage: identity.lineage,
        records: records.map(({ id: recordId, sourceId, key, version, attributes, updatedAt, deletedAt }) => ({
          id: recordId,
          sourceId,
          key,
          version,
          attributes,
          updatedAt,
          deletedAt,
        })),
        accounts: accounts.map(accountView),
        grants: grants.map(({ tenantId: _, identityId: __, ...grant }) => grant),
        history: await history(tx, id),
      };
    });
  }
}

const HISTORY_SHOWN = 100;

/** What happened to a person, newest first. */
const history = (tx: Tx, subjectId: string): Promise<object[]> =>
  tx.query(
    `SELECT j.id, j.at, j.actor, j.door, j.verb, j.revision, j.cause, j.request_id AS "requestId", p.body AS payload
     FROM journal j LEFT JOIN journal_payloads p ON p.tenant_id = j.tenant_id AND p.journal_id = j.id
     WHERE j.tenant_id = $1 AND j.subject_id = $2 ORDER BY j.revision DESC LIMIT ${HISTORY_SHOWN}`,
    [tx.tenantId, subjectId],
  );
