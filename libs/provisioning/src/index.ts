import './erasures.js';
export { traceOperation } from './evidence/trace-operation.js';
export type { TraceStep } from './evidence/assemble-trace.js';
export { PartitionOperations1764302001000 } from './migrations/1764302001000-partition-operations.js';
export { AccountLinks } from './drift/unknown-accounts/account-links.js';
export { ApplicationHealth } from './health/application-health.entity.js';
export {
  DRIFT_DECISIONS,
  DriftDecisions,
  getFinding,
  type DriftDecision,
  type DriftFilter,
} from './drift/findings/drift-decisions.js';
export { DRIFT_KINDS, DRIFT_STATES, DriftFinding, type DriftKind } from './drift/findings/drift-finding.entity.js';
export { EntitlementOrders, getEntitlement } from './orders/entitlement-orders.js';
export { GROUP_PUSH_ENDS, GROUP_PUSH_STATES, GroupPush, type GroupPushEnd } from './group-push/group-push.entity.js';
export { getGroupPush, GroupPushes } from './group-push/group-pushes.js';
export { ForgetOldScans1764424000000 } from './migrations/1764424000000-forget-old-scans.js';
export { PushGroups1764422000000 } from './migrations/1764422000000-push-groups.js';
export { InitialCredentials } from './reconcile/initial-credentials.js';
export { LeaveTasks } from './offboarding/leave-tasks.js';
export { measureBehind } from './backlog/measure-behind.js';
export { CreateOperations1764000006000 } from './migrations/1764000006000-create-operations.js';
export { AddSafetyBudgets1764302000000 } from './migrations/1764302000000-add-safety-budgets.js';
export { BudgetSpend, HeldItem, HELD_ITEM_STATES, type HeldItemState } from './budget/held-item.entity.js';
export { Operation, OPERATION_KINDS, type OperationKind } from './evidence/operation.entity.js';
export { ProtectedAccounts, type Protection } from './orders/protected-accounts.js';
export { Retries } from './orders/retry-accounts.js';
export { AccountOrders } from './orders/account-orders.js';
export { BulkOrder } from './orders/bulk-order.entity.js';
export { BulkOrders } from './orders/bulk-orders.js';
export { HeldItems, type Rejection } from './budget/held-items.js';
export {
  PROVISIONING_SETTINGS_SECTION,
  readProvisioningSettings,
  type ProvisioningSettings,
} from './budget/provisioning-settings.js';
export { CreateApplicationHealth1764301000000 } from './migrations/1764301000000-create-application-health.js';
export { CreateScans1764303000000 } from './migrations/1764303000000-create-scans.js';
export { ReportItem } from './drift/report-item.entity.js';
export { Scan, type ScanKind, type ScanState } from './drift/listing/scan.entity.js';
export { ScannedAccount, ScannedEntitlement, ScannedMember } from './drift/listing/scanned.entity.js';
export { getScan, newestReport, Scans } from './drift/scans.js';
export { UNKNOWN_STATES, UnknownAccount } from './drift/unknown-accounts/unknown-account.entity.js';
export { getUnknown, UnknownAccounts } from './drift/unknown-accounts/unknown-accounts.js';
export { ProvisioningModule } from './provisioning.module.js';
export { EraseOperations1764820000006 } from './migrations/1764820000006-erase-operations.js';
export { WORK } from './work.js';
