import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Patch, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, type Tx } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { ENTITLEMENT_STATES, type Entitlement } from '@tenure/applications';
import { EntitlementOrders, getEntitlement } from '@tenure/provisioning';
import { AdminRoute } from '../http/admin-route.js';
import { RenameEntitlementDto } from './entitlements.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

const FROM = {
  table: 'entitlements',
  columns: `id, application_id AS "applicationId", kind, name, applied_name AS "appliedName", remote_id AS "remoteId", state, removed_at AS "removedAt", error`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    kind: { column: 'kind', uuid: false },
    state: { column: 'state', uuid: false },
    name: { column: 'name', uuid: false },
  },
} as const;

type View = Pick<
  Entitlement,
  'id' | 'applicationId' | 'kind' | 'name' | 'appliedName' | 'remoteId' | 'state' | 'removedAt' | 'error'
>;
const view = ({
  id,
  applicationId,
  kind,
  name,
  appliedName,
  remoteId,
  state,
  removedAt,
  error,
}: Entitlement): View => ({
  id,
  applicationId,
  kind,
  name,
  appliedName,
  remoteId,
  state,
  removedAt,
  error,
});

@AdminRoute('entitlements')
export class EntitlementsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EntitlementOrders) private readonly orders: EntitlementOrders,
  ) {}

  /** With the memberships that the application has refused: whose, which way, and what to do. */
  @Get(':id')
  get(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<View & { readonly refused: readonly RefusedMember[] }> {
    return this.database.transaction(tenantId, async (tx) => {
      const shown = view(await getEntitlement(tx, id));
      return { ...shown, refused: await refusedIn(tx, id) };
    });
  }

  /** What applications grant, as far as policies, grants or requests have named it. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'kind', required: false })
  @ApiQuery({ name: 'state', required: false, enum: ENTITLEMENT_STATES })
  @ApiQuery({ name: 'name', required: false })
  @PagedQuery()
  list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<View>> {
    return listPage<View>(this.database, tenantId, FROM, query);
  }

  /** Gives a group, a role, a channel another name, in the application too; its members stay. */
  @Patch(':id')
  @Needs('configure')
  async rename(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { name }: RenameEntitlementDto,
  ): Promise<View> {
    return view(await this.orders.rename(caller.tenantId, actorOf(caller), id, name));
  }

  /** Deletes it in the application; 409 while a policy or a grant gives it. */
  @Delete(':id')
  @HttpCode(202)
  @Needs('configure')
  async remove(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<View> {
    return view(await this.orders.remove(caller.tenantId, actorOf(caller), id));
  }
}

const REFUSED_SHOWN = 1_000;

interface RefusedMember {
  readonly accountId: string;
  readonly identityId: string;
  /** False: the membership is to be taken away. */
  readonly wanted: boolean;
  readonly error: unknown;
}

/** The entitlement itself may be ready: an application can refuse one member of many. */
const refusedIn = (tx: Tx, entitlementId: string): Promise<RefusedMember[]> =>
  tx.query<RefusedMember>(
    `SELECT m.account_id AS "accountId", a.identity_id AS "identityId", m.wanted, m.error
     FROM entitlement_members m JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
     WHERE m.tenant_id = $1 AND m.entitlement_id = $2 AND m.error IS NOT NULL ORDER BY m.account_id LIMIT ${REFUSED_SHOWN}`,
    [tx.tenantId, entitlementId],
  );
