import { Module } from '@nestjs/common';
import { Clock, provide } from '@tenure/platform';
import { AccessModule, RuleChanges } from '@tenure/access';
import { ApplicationsModule } from '@tenure/applications';
import { Imports, HrmsSyncModule } from '@tenure/hrms-sync';
import { Absences, Identities, IdentityModule, Links, Merges, Retirements } from '@tenure/identity';
import { ProvisioningModule } from '@tenure/provisioning';
import { ScimModule } from '@tenure/scim';
import { SamlJitModule } from '@tenure/saml-jit';
import { TenancyModule } from '@tenure/tenancy';
import { ApiKeysController } from './api-keys.controller.js';
import { AccountOrdersController } from './account-orders.controller.js';
import { AccountsController } from './accounts.controller.js';
import { ApplicationsController } from './applications.controller.js';
import { BulkOrdersController } from './bulk-orders.controller.js';
import { ApplicationScansController } from './application-scans.controller.js';
import { CaseResolutions } from './case-resolutions.js';
import { CasesController } from './cases.controller.js';
import { CorrectionsController } from './corrections.controller.js';
import { DriftController } from './drift.controller.js';
import { GrantsController } from './grants.controller.js';
import { HeldCauses } from './held-causes.js';
import { EntitlementsController } from './entitlements.controller.js';
import { GroupPushesController, SourceGroupsController } from './group-pushes.controller.js';
import { HeldItemsController } from './held-items.controller.js';
import { HoldsController } from './holds.controller.js';
import { IdentityActionsController } from './identity-actions.controller.js';
import { LeaveStepsController } from './leave-steps.controller.js';
import { MergedPeople } from './merged-people.js';
import { SettingsController } from './settings.controller.js';
import { IdentitiesController } from './identities.controller.js';
import { ImportsController } from './imports.controller.js';
import { MeLogoutController } from './me-logout.controller.js';
import { MeController } from './me.controller.js';
import { IdentitySessionsController } from './identity-sessions.controller.js';
import { LiveAnswers } from './live-answers.js';
import { MeSessionsController } from './me-sessions.controller.js';
import { MeRequestsController } from './me-requests.controller.js';
import { OperationsController } from './operations.controller.js';
import { PoliciesController } from './policies.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestsController } from './requests.controller.js';
import { SamlConnectionsController } from './saml-connections.controller.js';
import { SamlRulesController } from './saml-rules.controller.js';
import { SamlKeysController } from './saml-keys.controller.js';
import { ScansController } from './scans.controller.js';
import { ScheduledChangesController } from './scheduled-changes.controller.js';
import { ScimSchemasController } from './scim-schemas.controller.js';
import { ScimOptionsController } from './scim-options.controller.js';
import { ScimSourcesController } from './scim-sources.controller.js';
import { ScimTypesController } from './scim-types.controller.js';
import { SimulationRuns } from './simulation-runs.js';
import { SourceRecordsController } from './source-records.controller.js';
import { SourcesController } from './sources.controller.js';
import { TenantSwitchController } from './tenant-switch.controller.js';
import { TenantsController } from './tenants.controller.js';
import { UnknownAccountsController } from './unknown-accounts.controller.js';

@Module({
  imports: [
    TenancyModule,
    IdentityModule,
    HrmsSyncModule,
    SamlJitModule,
    ScimModule,
    ApplicationsModule,
    AccessModule,
    ProvisioningModule,
  ],
  controllers: [
    TenantsController, TenantSwitchController, ApiKeysController, SettingsController, SourcesController, ScimSourcesController, ScimSchemasController, ScimTypesController, ScimOptionsController, SourceRecordsController,
    ImportsController, ScheduledChangesController, CasesController, HoldsController, SamlConnectionsController, SamlKeysController, ApplicationsController,
    PoliciesController, GrantsController, RequestsController, IdentitiesController, CorrectionsController, IdentityActionsController,
    ApplicationScansController, ScansController, DriftController, UnknownAccountsController,
    AccountsController, AccountOrdersController, LeaveStepsController, EntitlementsController, GroupPushesController, SourceGroupsController, HeldItemsController, BulkOrdersController, OperationsController, MeController, MeLogoutController, MeRequestsController,
    MeSessionsController, IdentitySessionsController, SamlRulesController,
  ], // prettier-ignore
  providers: [
    ProblemFilter,
    LiveAnswers,
    SimulationRuns,
    provide(HeldCauses, Absences, Retirements, Imports, RuleChanges),
    provide(MergedPeople, Merges, Links, Clock),
    provide(CaseResolutions, Identities, Links, MergedPeople, Clock),
  ],
  exports: [ProblemFilter],
})
export class AdminApiModule {}
