import { Body, Get, Inject, Put } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { Clock, Database, Refusal, type InputFault, type Tx } from '@tenure/platform';
import { lockTenant, readSetting, writeSetting, type Principal } from '@tenure/tenancy';
import { ACCESS_SETTINGS_SECTION, readAccessSettings, type AccessSettings } from '@tenure/access';
import { IdentityRules, type IdentitySettings } from '@tenure/identity';
import { appendFact } from '@tenure/journal';
import {
  PROVISIONING_SETTINGS_SECTION,
  readProvisioningSettings,
  type ProvisioningSettings,
} from '@tenure/provisioning';
import { LOGIN_SETTINGS_SECTION, readLoginSettings, type LoginSettings } from '@tenure/saml-jit';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { AccessSettingsDto, IdentitySettingsDto, LoginSettingsDto, ProvisioningSettingsDto } from './settings.dto.js';

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
    return this.database.transaction(tenantId, (tx) => read(tx, ACCESS));
  }

  /** Replaces the section whole; each mistake is told with its place. */
  @Put('access')
  @Needs('configure')
  @ApiBody({ type: AccessSettingsDto })
  changeAccess(@Caller() caller: Principal, @Body() value: unknown): Promise<SectionView<AccessSettings>> {
    return this.change(caller, ACCESS, value);
  }

  /** Whether two persons release what safety budgets hold, when that expires, and how long evidence is kept. */
  @Get('provisioning')
  provisioning(@Caller() { tenantId }: Principal): Promise<SectionView<ProvisioningSettings>> {
    return this.database.transaction(tenantId, (tx) => read(tx, PROVISIONING));
  }

  /** Replaces the section whole; each mistake is told with its place. */
  @Put('provisioning')
  @Needs('configure')
  @ApiBody({ type: ProvisioningSettingsDto })
  changeProvisioning(@Caller() caller: Principal, @Body() value: unknown): Promise<SectionView<ProvisioningSettings>> {
    return this.change(caller, PROVISIONING, value);
  }

  /** What holds for logins by every SAML connection that does not say otherwise, with the defaults filled in. */
  @Get('logins')
  logins(@Caller() { tenantId }: Principal): Promise<SectionView<LoginSettings>> {
    return this.database.transaction(tenantId, (tx) => read(tx, LOGINS));
  }

  /** Replaces the section whole; each mistake is told with its place. */
  @Put('logins')
  @Needs('configure')
  @ApiBody({ type: LoginSettingsDto })
  changeLogins(@Caller() caller: Principal, @Body() value: unknown): Promise<SectionView<LoginSettings>> {
    return this.change(caller, LOGINS, value);
  }

  private change<T extends object>(caller: Principal, section: Section<T>, value: unknown): Promise<SectionView<T>> {
    const { settings, faults } = section.read(value);
    if (faults.length > 0) throw new Refusal('settings_invalid', 'The settings have mistakes; each is listed.', faults);
    const by = actorOf(caller);
    const at = this.clock.now();
    return this.database.transaction(caller.tenantId, async (tx) => {
      await lockTenant(tx);
      const before = await read(tx, section);
      const version = await writeSetting(tx, section.name, { ...(settings as object) }, { actor: by.actor, at });
      const payload = { section: section.name, version, before: before.settings, after: settings };
      const fact = { verb: 'settings.changed', subjectKind: 'tenant', subjectId: caller.tenantId, payload } as const;
      await appendFact(tx, by, at, fact);
      return { version, settings };
    });
  }
}

/** A section that its lib reads, and nobody has to be told of. */
interface Section<T> {
  readonly name: string;
  readonly read: (value: unknown) => { readonly settings: T; readonly faults: readonly InputFault[] };
}

const ACCESS: Section<AccessSettings> = { name: ACCESS_SETTINGS_SECTION, read: readAccessSettings };
const LOGINS: Section<LoginSettings> = { name: LOGIN_SETTINGS_SECTION, read: readLoginSettings };
const PROVISIONING: Section<ProvisioningSettings> = {
  name: PROVISIONING_SETTINGS_SECTION,
  read: readProvisioningSettings,
};

async function read<T>(tx: Tx, section: Section<T>): Promise<SectionView<T>> {
  const { version, value } = await readSetting(tx, section.name);
  return { version, settings: section.read(value).settings };
}
