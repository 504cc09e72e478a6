import './erasures.js';
export { type ApplicationSettings } from './application-settings.js';
export { ConnectorRegistry } from '@tenure/connectors';
export {
  Account,
  ACCOUNT_STATES,
  BEHIND,
  PRIORITY,
  type AccountState,
  type Because,
  type ChosenNames,
  type DesiredAccount,
  type WorkError,
} from './account.entity.js';
export {
  ACCOUNT_TRANSITIONS,
  leaseSets,
  outcomeSets,
  PARKED,
  setsOf,
  whereEvent,
  WORK_OUTCOME_COLUMNS,
  type AccountEvent,
  type WorkOutcome,
} from './account-work.js';
export {
  BUDGET_ACTIONS,
  BUDGET_WINDOWS,
  type BudgetAction,
  type BudgetLimit,
  type Budgets,
  type BudgetWindow,
  type DisableReason,
  type DriftReaction,
  type DriftRules,
  type InitialCredentialRule,
  type LeavePlan,
  LEAVE_STEPS,
  type LeaveStepKind,
  type MaintenanceWindow,
  type Pause,
  type Playbook,
  type RateLimit,
  type RateLimits,
  type VerifyLevel,
} from './application-rules.js';
export { announceAll, ApplicationPauses } from './application-pauses.js';
export { maintenanceUntil } from './maintenance-until.js';
export { restOf, type Rest } from './rest-of.js';
export { budgetLimitsOf, type BudgetLimits } from './budget-limits.js';
export { Application, MODES, type Mode } from './application.entity.js';
export {
  Applications,
  getApplication,
  type ApplicationChange,
  type ConnectionCheck,
  type NewApplication,
} from './applications.js';
export type { EntitlementRef } from '@tenure/connectors';
export { knowEntitlement, plainRef, plainTexts } from './entitlement-catalogue.js';
export { Entitlement, EntitlementMember, ENTITLEMENT_STATES } from './entitlement.entity.js';
export { InitialCredential } from './initial-credential.entity.js';
export { LeaveStep, type LeaveStepState } from './leave-step.entity.js';
export {
  compileMapping,
  compileValues,
  expressionsOf,
  mapAccount,
  type CompiledMapping,
  type CompiledRule,
  type MappedAccount,
} from './map-account.js';
export {
  ruleOf,
  uniqueRulesOf,
  writeRulesOf,
  type Mapping,
  type MappingRule,
  type UniqueRule,
  type WriteRule,
} from './mapping-rule.js';
export { CreateApplications1764000004000 } from './migrations/1764000004000-create-applications.js';
export { CompleteApplications1764300000000 } from './migrations/1764300000000-complete-applications.js';
export { PushEntitlements1764300002000 } from './migrations/1764300002000-push-entitlements.js';
export { AddSettleWaits1764800000000 } from './migrations/1764800000000-add-settle-waits.js';
export { WriteNamesAlike1764860000002 } from './migrations/1764860000002-write-names-alike.js';
export { MarkAccountsThatWereThere1764810000000 } from './migrations/1764810000000-mark-accounts-that-were-there.js';
export { CreateLeaveSteps1764300001000 } from './migrations/1764300001000-create-leave-steps.js';
export { planLeave } from './plan-leave.js';
export { Reservation } from './reservation.entity.js';
export { AddProtection1764200003000 } from './migrations/1764200003000-add-protection.js';
export { shardOf } from './shard-of.js';
export { provisionQueue, WorkHints, type Work, type WorkHint } from './work-hints.js';
export { ApplicationsModule } from './applications.module.js';
