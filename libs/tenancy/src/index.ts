import './erasures.js';
export { Admin } from './admin.entity.js';
export { ApiKey } from './api-key.entity.js';
export { ApiKeys } from './api-keys.js';
export { forgetIdempotentAnswers, Idempotency, type Answer } from './idempotency.js';
export { IdempotentAnswer } from './idempotent-answer.entity.js';
export { CreateTenancy1764000001000 } from './migrations/1764000001000-create-tenancy.js';
export { AddSettings1764200001000 } from './migrations/1764200001000-add-settings.js';
export { RenewSessions1764510000001 } from './migrations/1764510000001-renew-sessions.js';
export { IndexSessionsOfIdentity1764700000001 } from './migrations/1764700000001-index-sessions-of-identity.js';
export { DropPasswords1764870000000 } from './migrations/1764870000000-drop-passwords.js';
export { ForgetAnswers1764860000001 } from './migrations/1764860000001-forget-answers.js';
export { KeepHeadersOfAnswers1764830000000 } from './migrations/1764830000000-keep-headers-of-answers.js';
export { assertMay, type Principal, type Right, type Role } from './roles.js';
export { Session } from './session.entity.js';
export {
  endSessionsOf,
  endSessionsThrough,
  Sessions,
  type EndedSession,
  type NewSession,
  type OpenSession,
  type ShownSession,
} from './sessions.js';
export { Setting } from './setting.entity.js';
export { readSetting, writeSetting, type TenantSetting } from './settings.js';
export { Tenant } from './tenant.entity.js';
export { lockTenant, Tenants, type FirstCredentials } from './tenants.js';
export { TenancyModule } from './tenancy.module.js';
export { WORK } from './work.js';
