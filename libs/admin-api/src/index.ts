export { AdminApiModule } from './admin-api.module.js';
export { ProblemFilter } from './problem.filter.js';
