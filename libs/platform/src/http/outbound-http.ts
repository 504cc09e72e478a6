import { Agent } from 'undici';
import type { AddressGuard } from './address-guard.js';
import { ExchangeHandler } from './exchange-handler.js';
import type { HttpAnswer } from './exchange-handler.js';
import { givenUp, HttpFailure, httpFailure, sentence } from './http-failure.js';

/** One request to a peer. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The deadline: when it fires, the request fails at once. */
  readonly signal?: AbortSignal;
}

export interface OutboundHttpOptions {
  readonly guard: AddressGuard;
  /** Sent where a request does not bring its own: some services block requests without one. */
  readonly userAgent?: string;
  readonly connectTimeoutMs?: number;
  readonly maxAnswerBytes?: number;
}

const USER_AGENT = 'Tenure/0.1';
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** The one way out: every HTTP request to a system that is not ours goes through here, and so through the guard. */
export class OutboundHttp {
  private readonly agent: Agent;
  private readonly guard: AddressGuard;
  private readonly userAgent: string;
  private readonly maxAnswerBytes: number;

  constructor(options: OutboundHttpOptions) {
    this.guard = options.guard;
    this.userAgent = options.userAgent ?? USER_AGENT;
    this.maxAnswerBytes = options.maxAnswerBytes ?? MAX_ANSWER_BYTES;
    this.agent = new Agent({
      connect: { lookup: options.guard.lookup, timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS },
    });
  }

  /** The peer's answer, whatever its status; throws `HttpFailure` and nothing else. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const url = this.checked(request.url);
    const { signal } = request;
    if (signal?.aborted) throw givenUp(url.host, false, signal.reason);
    const handler = new ExchangeHandler(url.host, this.maxAnswerBytes);
    const giveUp = () => handler.giveUp(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      this.dispatch(url, request, handler);
      return await handler.answer;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Whether nothing may ever be sent to the host of this URL, because it is an address that is not allowed. */
  neverSendsTo(url: string): boolean {
    return URL.canParse(url) && this.guard.refusesLiteral(new URL(url).hostname);
  }

  /** Closes every connection; a request still under way fails as `sent`, so callers finish theirs first. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private dispatch(url: URL, request: HttpRequest, handler: ExchangeHandler): void {
    const { method, body = null } = request;
    const given = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
    const headers = { 'user-agent': this.userAgent, ...Object.fromEntries(given) };
    try {
      this.agent.dispatch({ origin: url.origin, path: url.pathname + url.search, method, headers, body }, handler);
    } catch (error) {
      throw httpFailure(url.host, false, error);
    }
  }

  private checked(address: string | URL): URL {
    const url = URL.canParse(String(address)) ? new URL(address) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
      throw new HttpFailure('invalid_url', false, sentence(url?.host ?? 'the request', 'invalid_url'));
    }
    try {
      // A host that is already an address never reaches the resolver, so it is judged here.
      this.guard.assertLiteralAllowed(url.hostname);
      return url;
    } catch (error) {
      throw httpFailure(url.host, false, error);
    }
  }
}

/** The answer's JSON, or `undefined` when its body is empty or something else. */
export function jsonOf(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}
