export { AdminApiModule } from './admin-api.module.js';
export { ProblemFilter } from './http/problem.filter.js';
