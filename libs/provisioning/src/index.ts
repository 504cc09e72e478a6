export { AccountLinks } from './account-links.js';
export { behindWorkTimer } from './behind-work.js';
export {
  DRIFT_DECISIONS,
  DriftDecisions,
  getFinding,
  type DriftDecision,
  type DriftFilter,
} from './drift-decisions.js';
export { DRIFT_KINDS, DRIFT_STATES, DriftFinding, type DriftKind } from './drift-finding.entity.js';
export { InitialCredentials } from './initial-credentials.js';
export { leaveClock } from './leave-clock.js';
export { LeaveTasks } from './leave-tasks.js';
export { measureBehind } from './measure-behind.js';
export { CreateOperations1764000006000 } from './migrations/1764000006000-create-operations.js';
export { CreateScans1764303000000 } from './migrations/1764303000000-create-scans.js';
export { Operation, type OperationKind } from './operation.entity.js';
export { ProtectedAccounts, type Protection } from './protected-accounts.js';
export { ProvisionWorker } from './provision-worker.js';
export { ReportItem } from './report-item.entity.js';
export { Retries, type RetryFilter } from './retry-accounts.js';
export { Scan, type ScanKind, type ScanState } from './scan.entity.js';
export { ScannedAccount, ScannedEntitlement, ScannedMember } from './scanned.entity.js';
export { getScan, newestReport, Scans } from './scans.js';
export { UNKNOWN_STATES, UnknownAccount } from './unknown-account.entity.js';
export { getUnknown, UnknownAccounts } from './unknown-accounts.js';
export { waitingAccountsTimer } from './wait-for-others.js';
export { ProvisioningModule } from './provisioning.module.js';
