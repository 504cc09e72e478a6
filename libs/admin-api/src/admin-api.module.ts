import { Module } from '@nestjs/common';
import { provide } from '@tenure/platform';
import { AccessModule } from '@tenure/access';
import { ApplicationsModule } from '@tenure/applications';
import { HrmsSyncModule } from '@tenure/hrms-sync';
import { Absences, IdentityModule, Retirements } from '@tenure/identity';
import { ProvisioningModule } from '@tenure/provisioning';
import { SamlJitModule } from '@tenure/saml-jit';
import { TenancyModule } from '@tenure/tenancy';
import { ApiKeysController } from './api-keys.controller.js';
import { AccountsController } from './accounts.controller.js';
import { ApplicationsController } from './applications.controller.js';
import { GrantsController } from './grants.controller.js';
import { HeldCauses } from './held-causes.js';
import { HoldsController } from './holds.controller.js';
import { IdentitiesController } from './identities.controller.js';
import { ImportsController } from './imports.controller.js';
import { MeController } from './me.controller.js';
import { OperationsController } from './operations.controller.js';
import { PoliciesController } from './policies.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { SamlConnectionsController } from './saml-connections.controller.js';
import { ScheduledChangesController } from './scheduled-changes.controller.js';
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
    TenantsController, TenantSwitchController, ApiKeysController, SourcesController, SourceRecordsController, ImportsController,
    ScheduledChangesController, HoldsController, SamlConnectionsController, ApplicationsController, PoliciesController,
    GrantsController, IdentitiesController, AccountsController, OperationsController, MeController,
  ], // prettier-ignore
  providers: [ProblemFilter, provide(HeldCauses, Absences, Retirements)],
  exports: [ProblemFilter],
})
export class AdminApiModule {}
