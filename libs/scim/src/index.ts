export { compileFilter, type FilterColumns } from './compile-filter.js';
export { CompleteScim1764400000000 } from './migrations/1764400000000-complete-scim.js';
export { FilterFault, parseFilter } from './parse-filter.js';
export { Regrouping } from './regroup.js';
export { ScimRequest, ScimSchema, SourceToken } from './scim-client.entity.js';
export { ScimErrorFilter } from './scim-error.filter.js';
export { ScimGroup, ScimGroupMember, ScimRegrouping } from './scim-group.entity.js';
export { ScimModule, ScimWorkModule } from './scim.module.js';
