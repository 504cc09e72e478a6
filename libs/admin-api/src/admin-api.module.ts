import { Module } from '@nestjs/common';
import { AccessModule } from '@tenure/access';
import { ApplicationsModule } from '@tenure/applications';
import { HrmsSyncModule } from '@tenure/hrms-sync';
import { IdentityModule } from '@tenure/identity';
import { ProvisioningModule } from '@tenure/provisioning';
import { SamlJitModule } from '@tenure/saml-jit';
import { TenancyModule } from '@tenure/tenancy';
import { ApiKeysController } from './api-keys.controller.js';
import { AccountsController } from './accounts.controller.js';
import { ApplicationsController } from './applications.controller.js';
import { GrantsController } from './grants.controller.js';
import { IdentitiesController } from './identities.controller.js';
import { ImportsController } from './imports.controller.js';
import { MeController } from './me.controller.js';
import { MeRequestsController } from './me-requests.controller.js';
import { OperationsController } from './operations.controller.js';
import { PoliciesController } from './policies.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestsController } from './requests.controller.js';
import { SamlConnectionsController } from './saml-connections.controller.js';
import { SourceRecordsController } from './source-records.controller.js';
import { SourcesController } from './sources.controller.js';
import { TenantSwitchController } from './tenant-switch.controller.js';
import { TenantsController } from './tenants.controller.js';

@Module({
  imports: [
    TenancyModule,
    IdentityModule,
    HrmsSyncModule,
    SamlJitModule,
    ApplicationsModule,
    AccessModule,
    ProvisioningModule,
  ],
  controllers: [
    TenantsController, TenantSwitchController, ApiKeysController, SourcesController, SourceRecordsController, ImportsController, SamlConnectionsController, ApplicationsController,
    PoliciesController, GrantsController, RequestsController, IdentitiesController, AccountsController, OperationsController, MeController,
    MeRequestsController,
  ], // prettier-ignore
  providers: [ProblemFilter],
  exports: [ProblemFilter],
})
export class AdminApiModule {}
