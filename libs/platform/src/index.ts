export { AskedTogether } from './asked-together.js';
export { canonicalJson, sameJson } from './canonical-json.js';
export { ConcurrencyLimit } from './concurrency-limit.js';
export { Clock, SystemClock } from './clock.js';
export { readConfig, type Config } from './config.js';
export { Database, dataSourceFor, isUniqueViolation } from './database.js';
export type { Tx, TxRepository } from './tx.js';
export { deleteOld, DELETED_AT_ONCE } from './delete-old.js';
export { dryRun } from './dry-run.js';
export { configFromEnvironment } from './environment.js';
export { ERROR_CODES, problemType, type ErrorCode, type ErrorCodeEntry } from './error-codes.js';
export { messageOf, Refusal, shortened, type InputFault } from './errors.js';
export { foldText } from './fold-text.js';
export { groupBy } from './group-by.js';
export { checkHealth, type Health } from './health.js';
export { isUuid, newId } from './ids.js';
export { createLog, NestLog, type Log, loggedReason } from './logging.js';
export { Metrics } from './metrics.js';
export { migrate, unmigrate } from './migrate.js';
export { CreateRoles1764000000000 } from './migrations/1764000000000-create-roles.js';
export { CreateTimers1764000000001 } from './migrations/1764000000001-create-timers.js';
export { RedisScript } from './redis-script.js';
export {
  joinWork,
  type BackgroundWork,
  type DefineWork,
  type JoinedWork,
  type QueueWork,
  type Resolve,
} from './background-work.js';
export { consume, Queues, SYNC_QUEUE, type HintData } from './queues.js';
export { currentContext, withContext, type RequestContext } from './request-context.js';
export { search, type CompiledFilter, type SearchRequest } from './search.js';
export { hashToken, newToken, sameBytes, Secret, SecretBox } from './secrets.js';
export { duePerTenant, forEachRow, forEachTenant } from './per-tenant.js';
export { SlicedWork, type SliceHint, type WorkId } from './sliced-work.js';
export { declaredErasures, declareErasures, erasePerson, mentions, type Erasure } from './erasures.js';
export { protectTenantTable, type TenantTableOptions } from './tenant-table.js';
export { switchSeen, SWITCH_SEEN_MS } from './switches.js';
export { TenantTurns, type TurnLimits } from './tenant-turns.js';
export { lookNow, Timers, type FollowUp, type Timer } from './timers.js';
export { TurnBatch } from './turn-batch.js';
export { isUnavailable, isUnstorable } from './unavailable.js';
export { watchProcess } from './watch-process.js';
export { checkExpression } from './expression/check-expression.js';
export {
  compileExpression,
  type CompiledExpression,
  type ExpressionBindings,
} from './expression/compile-expression.js';
export { type PlainValue } from './expression/cel-values.js';
export { suggestName } from './expression/suggest-name.js';
export { ExpressionError, type ExpressionErrorCode } from './expression/expression-error.js';
export {
  EXPRESSION_LIMITS,
  type AttributeType,
  type ExpressionContext,
  type ExpressionFault,
  type ExpressionLimits,
  type ExpressionSchema,
  type VariableSchema,
} from './expression/expression-schema.js';
export { AddressGuard, isLoopback } from './http/address-guard.js';
export { checkJson, isStorableText } from './http/check-json.js';
export { readBody } from './http/read-body.js';
export type { HttpAnswer } from './http/exchange-handler.js';
export { HttpFailure, type HttpFailureReason } from './http/http-failure.js';
export { jsonOf, OutboundHttp, type HttpRequest, type OutboundHttpOptions } from './http/outbound-http.js';
export { paced } from './paced.js';
export { CONFIG, LOG, PlatformModule, type PlatformOptions } from './platform.module.js';
export { provide } from './provide.js';
