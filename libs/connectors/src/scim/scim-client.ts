import { HttpFailure, jsonOf } from '@tenure/platform';
import type { HttpAnswer, HttpRequest, OutboundHttp } from '@tenure/platform';
import { ConnectorError } from '../errors.js';
import { readRateHeaders } from '../read-rate-headers.js';
import type { Call, EndpointClass } from '../spi.js';
import { isObject } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { classifyAnswer, classifyFailure } from './classify.js';
import type { ScimAnswer, ScimOperation } from './classify.js';
import type { ScimConfig } from './config.js';

/** One SCIM request: `path` is what is sent, `template` what the evidence shows of it. */
export interface ScimRequest {
  readonly operation: ScimOperation;
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly template: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

const MEDIA_TYPE = 'application/scim+json';
/** Least wait after 429, doubled by each further one: an application that asks for no wait would be called in a tight loop. */
const LEAST_WAIT_MS = 1_000;
const LONGEST_LEAST_WAIT_MS = 60_000;

/** Speaks SCIM over the guarded HTTP client: one request, its evidence, and a classified failure. */
export class ScimClient {
  /** So many answers in a row were 429. */
  private slowedDown = 0;

  constructor(
    private readonly http: OutboundHttp,
    private readonly config: ScimConfig,
  ) {}

  /** The answer when its status is 2xx; everything else is thrown as a `ConnectorError`. */
  async send(call: Call, request: ScimRequest): Promise<ScimAnswer> {
    await call.pace(endpointClassOf(request));
    const answer = await this.exchange(call, request);
    const leastMs = this.leastWaitMs(answer.status);
    const hint = readRateHeaders(answer.status, answer.headers, new Date());
    if (hint !== undefined) call.limits({ waitMs: Math.max(hint.waitMs, leastMs) });
    const parsed: ScimAnswer = { ...answer, body: jsonOf(answer) };
    const isSuccess = answer.status >= 200 && answer.status < 300;
    const failure = isSuccess ? undefined : refusal(request, parsed, leastMs);
    const status = String(answer.status);
    call.record({ request: evidence(request), status, ms: Math.round(answer.ms), note: failure?.detail.vendorCode });
    if (failure) throw failure;
    return parsed;
  }

  /** Like `send`, for requests whose answer must have a body to be of use. */
  async sendForBody(call: Call, request: ScimRequest): Promise<Json> {
    const answer = await this.send(call, request);
    if (isObject(answer.body)) return answer.body;
    throw refusal(request, answer);
  }

  private leastWaitMs(status: number): number {
    this.slowedDown = status === 429 ? this.slowedDown + 1 : 0;
    return status === 429 ? Math.min(LEAST_WAIT_MS * 2 ** (this.slowedDown - 1), LONGEST_LEAST_WAIT_MS) : 0;
  }

  private async exchange(call: Call, request: ScimRequest): Promise<HttpAnswer> {
    const startedAt = performance.now();
    const { method, body, operation } = request;
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(this.config.timeoutMs)]);
    try {
      const text = body === undefined ? undefined : JSON.stringify(body);
      return await this.http.send({
        method,
        url: this.url(request),
        headers: this.headers(call, text),
        body: text,
        signal,
      });
    } catch (error) {
      if (!(error instanceof HttpFailure))
        throw new ConnectorError('permanent', 'The request failed', { cause: error });
      const note = `${error.reason}${error.sent ? '' : ', not sent'}`;
      call.record({ request: evidence(request), ms: Math.round(performance.now() - startedAt), note });
      throw new ConnectorError(classifyFailure(operation, error.sent), error.message, { cause: error });
    }
  }

  private url({ path, query }: ScimRequest): string {
    // encodeURIComponent, because not every server reads `+` as a space.
    const pairs = Object.entries(query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return `${this.config.baseUrl}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  }

  private headers(call: Call, body: string | undefined): Record<string, string> {
    return {
      authorization: `Bearer ${this.config.token}`,
      accept: `${MEDIA_TYPE}, application/json`,
      ...(body === undefined ? {} : { 'content-type': MEDIA_TYPE, 'idempotency-key': call.idempotencyKey }),
      ...(this.config.userAgent === undefined ? {} : { 'user-agent': this.config.userAgent }),
    };
  }
}

/** The classified failure that an answer is. */
export function refusal(request: ScimRequest, answer: ScimAnswer, leastWaitMs = 0): ConnectorError {
  const { errorClass, retryAfterMs, ...rest } = classifyAnswer(request.operation, answer, new Date());
  const detail = { ...rest, ...(retryAfterMs !== undefined && { retryAfterMs: Math.max(retryAfterMs, leastWaitMs) }) };
  const code = detail.vendorCode === undefined ? '' : ` (${detail.vendorCode})`;
  const message = `${evidence(request)} was answered ${answer.status}${code}`;
  return new ConnectorError(errorClass, message, { httpStatus: answer.status, ...detail });
}

/** A search by a filter reads few; without one it is a page of everything. */
function endpointClassOf({ operation, query }: ScimRequest): EndpointClass {
  if (operation === 'members') return 'members';
  if (operation === 'search') return query?.filter === undefined ? 'list' : 'read';
  return operation === 'read' ? 'read' : 'write';
}

function evidence({ method, template }: ScimRequest): string {
  return `${method} ${template}`;
}
