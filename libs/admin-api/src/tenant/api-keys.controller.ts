import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { Clock, Database, type Tx } from '@tenure/platform';
import { ApiKey, ApiKeys, lockTenant, type Principal } from '@tenure/tenancy';
import { appendFact } from '@tenure/journal';
import { AdminRoute } from '../http/admin-route.js';
import { CreateApiKeyDto } from './api-keys.dto.js';
import { assertFuture } from '../http/instant.js';
import { PagedQuery, rowsPage, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

@AdminRoute('api-keys')
export class ApiKeysController {
  constructor(
    @Inject(ApiKeys) private readonly apiKeys: ApiKeys,
    @Inject(Database) private readonly database: Database,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A new key; it is in this answer and never again. */
  @Post()
  @Needs('administer')
  async create(@Caller() caller: Principal, @Body() { name, role, expiresAt }: CreateApiKeyDto): Promise<object> {
    assertFuture('expiresAt', expiresAt, this.clock.now());
    return this.database.transaction(caller.tenantId, async (tx) => {
      const created = await this.apiKeys.create(tx, name, role, expiresAt ?? null);
      await this.tell(tx, caller, 'api_key.created', { id: created.id, name, role });
      return { ...created, name, role };
    });
  }

  /** Keys without their secrets. */
  @Get()
  @Needs('administer')
  @PagedQuery()
  async list(
    @Caller() { tenantId }: Principal,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<{ readonly id: string }>> {
    const page = await this.database.transaction(tenantId, (tx) => rowsPage(tx.repository(ApiKey), tenantId, query));
    return { ...page, items: page.items.map(({ keyHash: _, tenantId: __, ...shown }) => shown) };
  }

  /** Ends a key at once. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('administer')
  async revoke(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.database.transaction(caller.tenantId, async (tx) => {
      await this.apiKeys.revoke(tx, id);
      await this.tell(tx, caller, 'api_key.revoked', { id });
    });
  }

  private async tell(tx: Tx, caller: Principal, verb: string, payload: object): Promise<void> {
    await lockTenant(tx);
    const fact = { verb, subjectKind: 'tenant', subjectId: caller.tenantId, payload } as const;
    await appendFact(tx, actorOf(caller), this.clock.now(), fact);
  }
}
