import { Body, Get, Inject, Put } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { IdentityRules, type IdentitySettings } from '@tenure/identity';
import { AdminRoute } from './admin-route.js';
import { actorOf, Caller, Needs } from './principal.js';
import { IdentitySettingsDto } from './settings.dto.js';

interface SectionView<Settings> {
  /** Raised with each change; 0 while the tenant has never set anything. */
  readonly version: number;
  readonly settings: Settings;
}

@AdminRoute('settings')
export class SettingsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(IdentityRules) private readonly identityRules: IdentityRules,
  ) {}

  /** How sources become people: correlation, merge, absence and retention, with the defaults filled in. */
  @Get('identity')
  identity(@Caller() { tenantId }: Principal): Promise<SectionView<IdentitySettings>> {
    return this.database.transaction(tenantId, (tx) => this.identityRules.read(tx));
  }

  /** Replaces the section whole; each mistake is told with its place. Everybody is computed anew. */
  @Put('identity')
  @Needs('configure')
  @ApiBody({ type: IdentitySettingsDto })
  changeIdentity(@Caller() caller: Principal, @Body() value: unknown): Promise<SectionView<IdentitySettings>> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      await this.identityRules.change(tx, actorOf(caller), value);
      return this.identityRules.read(tx);
    });
  }
}
