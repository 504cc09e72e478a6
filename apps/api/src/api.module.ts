import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { PlatformModule, type PlatformOptions } from '@tenure/platform';
import { AdminApiModule } from '@tenure/admin-api';
import { HrmsSyncModule } from '@tenure/hrms-sync';
import { SamlJitModule } from '@tenure/saml-jit';
import { ScimModule } from '@tenure/scim';
import { DoorFilter } from './door.filter.js';
import { ErrorCodesController } from './error-codes.controller.js';
import { HealthController } from './health.controller.js';

/** Every door of the product, over one platform. */
@Module({})
export class ApiModule {
  static for(options: PlatformOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [PlatformModule.for(options), ScimModule, SamlJitModule, HrmsSyncModule, AdminApiModule],
      controllers: [HealthController, ErrorCodesController],
      providers: [{ provide: APP_FILTER, useClass: DoorFilter }],
    };
  }
}
