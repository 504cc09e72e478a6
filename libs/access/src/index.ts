export { behindIdentitiesTimer } from './behind-identities.js';
export { accessClock } from './access-clock.js';
export {
  ACCESS_SETTINGS_SECTION,
  readAccessSettings,
  type AccessSettings,
} from './access-settings.js';
export { adoptHoldings, type Adopted, type Adoption } from './adopt-holdings.js';
export { ApplicationChanges } from './application-changes.js';
export { Grant, Recompute, type GrantOrigin } from './grant.entity.js';
export { getGrant, Grants, type NewGrant } from './grants.js';
export { GRANT_STATES, listGrants, stateOfGrant, type GrantState } from './list-grants.js';
export { CreateAccess1764000005000 } from './migrations/1764000005000-create-access.js';
export { CompleteAccess1764200004000 } from './migrations/1764200004000-complete-access.js';
export { Policies, type PolicyInput, type SavedPolicy } from './policies.js';
export { policyClock } from './policy-clock.js';
export { Policy, PolicyVersion, type PolicyGrant } from './policy.entity.js';
export { AccessWorker } from './recompute-access.js';
export { Recomputes, type RecomputeHint } from './recomputes.js';
export { requestClock } from './request-clock.js';
export { AccessRequest, Approval, type RequestState } from './request.entity.js';
export { getRequestView, listRequests, REQUEST_STATES, type RequestView } from './request-views.js';
export { Requests, type Requestable, type Wish } from './requests.js';
export { Answers, type Answer } from './answers.js';
export type { RuleChange } from './rule-change.js';
export { RuleChanges, type Held } from './rule-changes.js';
export { type Simulation } from './simulation.js';
export { Simulations } from './simulations.js';
export { AccessModule } from './access.module.js';
