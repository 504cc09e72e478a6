import { Module } from '@nestjs/common';
import { Clock, provide } from '@tenure/platform';
import { AccessModule, RuleChanges } from '@tenure/access';
import { ApplicationsModule } from '@tenure/applications';
import { Imports, HrmsSyncModule } from '@tenure/hrms-sync';
import { Absences, Identities, IdentityModule, Links, Merges, Retirements } from '@tenure/identity';
import { AccountLinks, ProvisioningModule } from '@tenure/provisioning';
import { ScimModule } from '@tenure/scim';
import { SamlJitModule } from '@tenure/saml-jit';
import { TenancyModule } from '@tenure/tenancy';
import { ApiKeysController } from './tenant/api-keys.controller.js';
import { AccountOrdersController } from './accounts/account-orders.controller.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { ApplicationsController } from './applications/applications.controller.js';
import { BulkOrdersController } from './holds/bulk-orders.controller.js';
import { ApplicationScansController } from './drift/application-scans.controller.js';
import { CaseResolutions } from './cases/case-resolutions.js';
import { CasesController } from './cases/cases.controller.js';
import { CorrectionsController } from './people/corrections.controller.js';
import { DriftController } from './drift/drift.controller.js';
import { GrantsController } from './access/grants.controller.js';
import { HeldCauses } from './holds/held-causes.js';
import { EntitlementsController } from './applications/entitlements.controller.js';
import { GroupPushesController, SourceGroupsController } from './applications/group-pushes.controller.js';
import { HeldItemsController } from './holds/held-items.controller.js';
import { HoldsController } from './holds/holds.controller.js';
import { IdentityActionsController } from './people/identity-actions.controller.js';
import { LeaveStepsController } from './accounts/leave-steps.controller.js';
import { MergedPeople } from './people/merged-people.js';
import { SettingsController } from './tenant/settings.controller.js';
import { IdentitiesController } from './people/identities.controller.js';
import { ImportsController } from './sources/imports.controller.js';
import { MeLogoutController } from './me/me-logout.controller.js';
import { MeController } from './me/me.controller.js';
import { IdentitySessionsController } from './people/identity-sessions.controller.js';
import { LiveAnswers } from './me/live-answers.js';
import { MeSessionsController } from './me/me-sessions.controller.js';
import { MeRequestsController } from './me/me-requests.controller.js';
import { OperationsController } from './accounts/operations.controller.js';
import { PoliciesController } from './access/policies.controller.js';
import { ProblemFilter } from './http/problem.filter.js';
import { RequestsController } from './access/requests.controller.js';
import { SamlConnectionsController } from './saml/saml-connections.controller.js';
import { SamlRulesController } from './saml/saml-rules.controller.js';
import { SamlKeysController } from './saml/saml-keys.controller.js';
import { ScansController } from './drift/scans.controller.js';
import { ScheduledChangesController } from './people/scheduled-changes.controller.js';
import { ScimSchemasController } from './sources/scim-schemas.controller.js';
import { ScimOptionsController } from './sources/scim-options.controller.js';
import { ScimSourcesController } from './sources/scim-sources.controller.js';
import { ScimTypesController } from './sources/scim-types.controller.js';
import { SimulationRuns } from './access/simulation-runs.js';
import { SourceRecordsController } from './sources/source-records.controller.js';
import { SourcesController } from './sources/sources.controller.js';
import { TenantSwitchController } from './tenant/tenant-switch.controller.js';
import { TenantsController } from './tenant/tenants.controller.js';
import { UnknownAccountsController } from './drift/unknown-accounts.controller.js';

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
    TenantsController,
    TenantSwitchController,
    ApiKeysController,
    SettingsController,
    SourcesController,
    ScimSourcesController,
    ScimSchemasController,
    ScimTypesController,
    ScimOptionsController,
    SourceRecordsController,
    ImportsController,
    ScheduledChangesController,
    CasesController,
    HoldsController,
    SamlConnectionsController,
    SamlKeysController,
    ApplicationsController,
    PoliciesController,
    GrantsController,
    RequestsController,
    IdentitiesController,
    CorrectionsController,
    IdentityActionsController,
    ApplicationScansController,
    ScansController,
    DriftController,
    UnknownAccountsController,
    AccountsController,
    AccountOrdersController,
    LeaveStepsController,
    EntitlementsController,
    GroupPushesController,
    SourceGroupsController,
    HeldItemsController,
    BulkOrdersController,
    OperationsController,
    MeController,
    MeLogoutController,
    MeRequestsController,
    MeSessionsController,
    IdentitySessionsController,
    SamlRulesController,
  ],
  providers: [
    ProblemFilter,
    LiveAnswers,
    SimulationRuns,
    provide(HeldCauses, Absences, Retirements, Imports, RuleChanges),
    provide(MergedPeople, Merges, Links, Clock),
    provide(CaseResolutions, Identities, Links, MergedPeople, AccountLinks, Clock),
  ],
  exports: [ProblemFilter],
})
export class AdminApiModule {}
