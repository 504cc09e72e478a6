export { behindWorkTimer } from './behind-work.js';
export { measureBehind } from './measure-behind.js';
export { CreateOperations1764000006000 } from './migrations/1764000006000-create-operations.js';
export { Operation, type OperationKind } from './operation.entity.js';
export { ProtectedAccounts, type Protection } from './protected-accounts.js';
export { ProvisionWorker } from './provision-worker.js';
export { Retries, type RetryFilter } from './retry-accounts.js';
export { ProvisioningModule } from './provisioning.module.js';
