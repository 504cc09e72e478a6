import { Get, Inject, Query } from '@nestjs/common';
import { Tenants, type Principal } from '@tenure/tenancy';
import { AdminRoute } from '../http/admin-route.js';
import { PagedQuery, readPage, type PageOf } from '../http/page.js';
import { Caller } from '../http/principal.js';

interface TenantView {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Since then nothing is written into any application. */
  readonly stoppedAt: Date | null;
  readonly stopReason: string | null;
}

@AdminRoute('tenants')
export class TenantsController {
  constructor(@Inject(Tenants) private readonly tenants: Tenants) {}

  /** The tenants that the key may see: its own. */
  @Get()
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<TenantView>> {
    const { after } = readPage(query);
    const tenant = await this.tenants.get(tenantId);
    if (tenant === null || (after !== undefined && after >= tenant.id)) return { items: [] };
    const { id, name, createdAt, stoppedAt, stopReason } = tenant;
    return { items: [{ id, name, createdAt, stoppedAt, stopReason }] };
  }
}
