import type { ErrorClass } from '../errors.js';
import { retryAfterMs } from '../retry-after.js';
import { isObject, member } from './attribute-path.js';

/** What was asked; `read` and `search` change nothing. */
export type ScimOperation = 'read' | 'search' | 'create' | 'update' | 'delete' | 'members';

/** The answer as far as the class depends on it. */
export interface ScimAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly body: unknown;
}

/** What a refusal means to the engine. */
export interface Classification {
  readonly errorClass: ErrorClass;
  readonly vendorCode?: string;
  readonly retryAfterMs?: number;
}

interface Facts extends ScimAnswer {
  readonly operation: ScimOperation;
  readonly vendorCode?: string;
}

type Rule = readonly [matches: (facts: Facts) => boolean, errorClass: ErrorClass];

const RATE_CODES = /^(tooManyRequests|rateLimitExceeded|userRateLimitExceeded|quotaExceeded|REQUEST_LIMIT_EXCEEDED)$/i;

const is =
  (...statuses: readonly number[]) =>
  (facts: Facts) =>
    statuses.includes(facts.status);

/** Read from top to bottom: the first rule that matches decides. The body is asked before the status. */
const RULES: readonly Rule[] = [
  [is(429), 'rate_limited'],
  // Several services say "slow down" with 403: by a code, by Retry-After, or by an empty budget.
  [(facts) => facts.status === 403 && saysSlowDown(facts), 'rate_limited'],
  [is(401), 'auth'],
  [is(403), 'forbidden'],
  [(facts) => facts.status < 500 && facts.vendorCode?.toLowerCase() === 'uniqueness', 'conflict'],
  [is(409), 'conflict'],
  // The collection itself is not there: the base URL is wrong, and no object is gone.
  [(facts) => facts.status === 404 && (facts.operation === 'create' || facts.operation === 'search'), 'permanent'],
  [is(404, 410), 'not_found'],
  [is(412, 423, 428), 'precondition'],
  [is(405, 501), 'unsupported'],
  [is(400, 413, 422), 'invalid'],
  [is(425), 'retryable'],
  [(facts) => mayHaveBeenDone(facts) && isRead(facts.operation), 'retryable'],
  [mayHaveBeenDone, 'outcome_unknown'],
];

/** The class of an answer that is not the success of this operation. */
export function classifyAnswer(operation: ScimOperation, answer: ScimAnswer, now: Date): Classification {
  const vendorCode = codeOf(answer.body);
  const facts: Facts = { ...answer, operation, vendorCode };
  const errorClass = RULES.find(([matches]) => matches(facts))?.[1] ?? 'permanent';
  return { errorClass, vendorCode, retryAfterMs: retryAfterMs(answer.headers['retry-after'], now) };
}

/** The class of a request without an answer: a write that left may have been done. */
export function classifyFailure(operation: ScimOperation, sent: boolean): ErrorClass {
  return sent && !isRead(operation) ? 'outcome_unknown' : 'retryable';
}

function isRead(operation: ScimOperation): boolean {
  return operation === 'read' || operation === 'search';
}

// A 2xx here is one whose body was not SCIM, so it does not say what was done.
function mayHaveBeenDone({ status }: Facts): boolean {
  return status >= 500 || status === 408 || (status >= 200 && status < 300);
}

function saysSlowDown({ headers, vendorCode }: Facts): boolean {
  if (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0') return true;
  return vendorCode !== undefined && RATE_CODES.test(vendorCode);
}

/** A SCIM `scimType`, or the code of the error formats that some services use instead; never free text. */
function codeOf(body: unknown): string | undefined {
  const first = Array.isArray(body) ? (body as unknown[])[0] : body;
  const error = isObject(member(first, 'error')) ? member(first, 'error') : first;
  const candidates = ['scimType', 'errorCode', 'code', 'reason'].map((name) => member(error, name));
  return candidates.find((code): code is string => typeof code === 'string' && /^[\w.-]{1,64}$/.test(code));
}
