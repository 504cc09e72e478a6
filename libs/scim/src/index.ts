import './erasures.js';
export { compileFilter, type FilterColumns } from './filter/compile-filter.js';
export { CompleteScim1764400000000 } from './migrations/1764400000000-complete-scim.js';
export { AddScimTypes1764600000000 } from './migrations/1764600000000-add-scim-types.js';
export { TellGroups1764423000000 } from './migrations/1764423000000-tell-groups.js';
export { AddScimManagers1764600001000 } from './migrations/1764600001000-add-scim-managers.js';
export { LeaveExternalIdsToClients1764710000000 } from './migrations/1764710000000-leave-external-ids-to-clients.js';
export { FoldSchemasAnew1764710001000 } from './migrations/1764710001000-fold-schemas-anew.js';
export { describeSetup, type SetupGuide } from './clients/describe-setup.js';
export { heartbeatOf, type Heartbeat } from './clients/heartbeat.js';
export { FilterFault, parseFilter } from './filter/parse-filter.js';
export { ScimRefolding, ScimRequest, ScimSchema, SourceToken } from './clients/scim-client.entity.js';
export { ScimClients } from './clients/scim-clients.js';
export { ScimErrorFilter } from './door/scim-error.filter.js';
export { ScimGroup, ScimGroupMember, ScimManager, ScimRegrouping } from './members/scim-group.entity.js';
export {
  ScimResource,
  ScimResourceType,
  ScimSourceOptions,
  ScimUniqueValue,
} from './resources/scim-resource.entity.js';
export { ScimSchemas } from './registry/scim-schemas.js';
export { ScimTypes } from './registry/scim-types.js';
export { SourceOptions, type ScimOptions } from './clients/source-options.js';
export { refuseOtherMedia } from './door/read-body.js';
export { readSourceBase } from './door/source-base.js';
export { ScimModule, ScimWorkModule } from './scim.module.js';
export { ShowVersionsOfUsers1764840000000 } from './migrations/1764840000000-show-versions-of-users.js';
export { IndexUnknownManagersByTenant1764800003000 } from './migrations/1764800003000-index-unknown-managers-by-tenant.js';
export { WORK } from './work.js';
