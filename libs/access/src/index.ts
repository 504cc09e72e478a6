export { behindIdentitiesTimer } from './behind-identities.js';
export { Grant, Recompute } from './grant.entity.js';
export { CreateAccess1764000005000 } from './migrations/1764000005000-create-access.js';
export { Policies, type PolicyInput } from './policies.js';
export { Policy, PolicyVersion, type PolicyGrant } from './policy.entity.js';
export { AccessWorker } from './recompute-access.js';
export { Recomputes, type RecomputeHint } from './recomputes.js';
export { AccessModule } from './access.module.js';
