export { compileFilter, type FilterColumns } from './compile-filter.js';
export { FilterFault, parseFilter } from './parse-filter.js';
export { ScimErrorFilter } from './scim.controller.js';
export { ScimModule } from './scim.module.js';
