import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Clock, CONFIG, Database, search, type Config } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getSource } from '@tenure/identity';
import { describeSetup, heartbeatOf, ScimClients, type Heartbeat, type SetupGuide } from '@tenure/scim';
import { AdminRoute } from '../http/admin-route.js';
import { narrow } from '../http/list-query.js';
import { PagedQuery, pageOf, readPage, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { IssueTokenDto } from './scim-sources.dto.js';
import { assertFuture } from '../http/instant.js';

const REQUESTS = {
  columns: `id, received_at AS "receivedAt", method, path, query, dialect, status, scim_type AS "scimType", detail, body, ms`,
  narrowing: {
    method: { column: 'method', uuid: false },
    dialect: { column: 'dialect', uuid: false },
    scimType: { column: 'scim_type', uuid: false },
  },
} as const;

interface TokenView {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly scope: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What belongs to a SCIM client: its tokens, what it asked, whether it speaks, and how it is set up. */
@AdminRoute('sources')
export class ScimSourcesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ScimClients) private readonly clients: ScimClients,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** A further token, so that the old one can be replaced while both are good. Its secret is in this answer and never again. */
  @Post(':id/tokens')
  @Needs('configure')
  async issue(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { name, kind = 'bearer', scope = 'write', expiresAt, userId }: IssueTokenDto,
  ): Promise<object> {
    assertFuture('expiresAt', expiresAt, this.clock.now());
    const input = {
      name,
      kind,
      scope,
      ...(expiresAt && { expiresAt }),
      ...(userId !== undefined && { recordId: userId }),
    };
    const issued = await this.database.transaction(caller.tenantId, (tx) =>
      this.clients.issue(tx, actorOf(caller), id, input),
    );
    const tokenUrl = `${this.config.publicUrl}/scim/v2/token`;
    return { ...issued, name, kind, scope, ...(kind === 'client' && { clientId: issued.id, tokenUrl }) };
  }

  /** Tokens without their secrets, and when each was last used. */
  @Get(':id/tokens')
  async tokens(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ items: TokenView[] }> {
    return this.database.transaction(tenantId, async (tx) => {
      await getSource(tx, id, 'scim');
      const items = await tx.query<TokenView>(
        `SELECT id, kind, name, scope, created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt",
           revoked_at AS "revokedAt" FROM source_tokens WHERE tenant_id = $1 AND source_id = $2 AND kind <> 'access' ORDER BY id`,
        [tenantId, id],
      );
      return { items };
    });
  }

  /** Ends a token at once. */
  @Delete(':id/tokens/:tokenId')
  @HttpCode(204)
  @Needs('configure')
  async revoke(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('tokenId', ParseUUIDPipe) tokenId: string,
  ): Promise<void> {
    await this.database.transaction(caller.tenantId, (tx) => this.clients.revoke(tx, actorOf(caller), id, tokenId));
  }

  /** What the client asked in the last 30 days, oldest first, without what it said of people. */
  @Get(':id/requests')
  @ApiQuery({ name: 'method', required: false })
  @ApiQuery({ name: 'dialect', required: false })
  @ApiQuery({ name: 'scimType', required: false })
  @PagedQuery()
  async requests(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<{ id: string }>> {
    await this.database.transaction(tenantId, (tx) => getSource(tx, id, 'scim'));
    const { limit, after } = readPage(query);
    const { sql, params } = narrow(query, REQUESTS.narrowing);
    const filter = { sql: `(${sql}) AND source_id = $${params.length + 2}`, params: [...params, id] };
    const page = { table: 'scim_requests', columns: REQUESTS.columns, filter, limit: limit + 1 };
    return pageOf(await search(this.database, tenantId, { ...page, ...(after !== undefined && { after }) }), limit);
  }

  /** What to enter at the identity provider, and whether its first request has come. */
  @Get(':id/setup')
  setup(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<SetupGuide & { heartbeat: Heartbeat }> {
    return this.database.transaction(tenantId, async (tx) => {
      const { vendor } = await getSource(tx, id, 'scim');
      const heartbeat = await heartbeatOf(tx, id, this.clock.now());
      return { ...describeSetup(vendor, `${this.config.publicUrl}/scim/v2`), heartbeat };
    });
  }
}
