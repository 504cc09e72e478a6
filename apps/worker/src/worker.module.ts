import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { PlatformModule, type PlatformOptions } from '@tenure/platform';
import { AccessModule } from '@tenure/access';
import { ApplicationsModule } from '@tenure/applications';
import { HrmsSyncModule } from '@tenure/hrms-sync';
import { IdentityModule } from '@tenure/identity';
import { JournalModule } from '@tenure/journal';
import { ProvisioningModule } from '@tenure/provisioning';
import { SamlSetupModule } from '@tenure/saml-jit';
import { ScimWorkModule } from '@tenure/scim';
import { Consumers } from './consumers.js';
import { HealthServer } from './health-server.js';

/** Queue processors and timers. It serves no door: the modules' controllers are not mounted. */
@Module({})
export class WorkerModule {
  static for(options: PlatformOptions): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        DiscoveryModule,
        PlatformModule.for(options),
        JournalModule,
        IdentityModule,
        HrmsSyncModule,
        ScimWorkModule,
        SamlSetupModule,
        ApplicationsModule,
        AccessModule,
        ProvisioningModule,
      ],
      providers: [Consumers, HealthServer],
    };
  }
}
