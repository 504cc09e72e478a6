import { Body, Get, Inject, Put } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { lockTenant, readSetting, writeSetting, type Principal } from '@tenure/tenancy';
import { ACCESS_SETTINGS_SECTION, readAccessSettings, type AccessSettings } from '@tenure/access';
import { IdentityRules, type IdentitySettings } from '@tenure/identity';
import { appendFact } from '@tenure/journal';
import { AdminRoute } from './admin-route.js';
import { actorOf, Caller, Needs } from './principal.js';
import { AccessSettingsDto, IdentitySettingsDto } from './settings.dto.js';

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
    @Inject(Clock) private readonly clock: Clock,
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
      await lockTenant(tx);
      await this.identityRules.change(tx, actorOf(caller), value);
      return this.identityRules.read(tx);
    });
  }

  /** How careful changes of the rules are, and how long requests wait, with the defaults filled in. */
  @Get('access')
  access(@Caller() { tenantId }: Principal): Promise<SectionView<AccessSettings>> {
    return this.database.transaction(tenantId, readAccess);
  }

  /** Replaces the section whole; each mistake is told with its place. */
  @Put('access')
  @Needs('configure')
  @ApiBody({ type: AccessSettingsDto })
  changeAccess(@Caller() caller: Principal, @Body() value: unknown): Promise<SectionView<AccessSettings>> {
    const { settings, faults } = readAccessSettings(value);
    if (faults.length > 0)
      throw new Refusal('unprocessable', 'settings_invalid', 'The settings have mistakes; each is listed.', faults);
    const by = actorOf(caller);
    const at = this.clock.now();
    return this.database.transaction(caller.tenantId, async (tx) => {
      await lockTenant(tx);
      const before = await readAccess(tx);
      const version = await writeSetting(tx, ACCESS_SETTINGS_SECTION, { ...settings }, { actor: by.actor, at });
      const payload = { section: ACCESS_SETTINGS_SECTION, version, before: before.settings, after: settings };
      const fact = { verb: 'settings.changed', subjectKind: 'tenant', subjectId: caller.tenantId, payload } as const;
      await appendFact(tx, by, at, fact);
      return { version, settings };
    });
  }
}

async function readAccess(tx: Tx): Promise<SectionView<AccessSettings>> {
  const { version, value } = await readSetting(tx, ACCESS_SETTINGS_SECTION);
  return { version, settings: readAccessSettings(value).settings };
}
