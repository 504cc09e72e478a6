import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isUnavailable, isUuid, LOG, messageOf, Refusal, type Log } from '@tenure/platform';
import { AskWhom } from './jit/ask-whom.js';
import { reasonOf } from './jit/jit-logins.js';
import { TooManyLogins } from './jit/login-limits.js';
import { LoginRefused } from './jit/login-refused.js';
import { isTestBrowser, LoginTests } from './jit/login-tests.js';
import { Refusals } from './jit/refusals.js';
import { statusOfRefusal } from './protocol/saml.strategy.js';
import { SamlConnections } from './protocol/saml-connection.js';
import { newSupportCode, SamlRefused } from './protocol/saml-refused.js';
import { refusalPage } from './refusal-page.js';
import { BROWSER_COOKIE, cookieOf } from './session-cookie.js';

const ASK = 'Ask your administrator, and tell the code below.';
const WAIT = 'Too many logins came at once. Wait a moment, and try again.';

/** What is said of an error, to whom. */
interface Described {
  readonly status: number;
  /** For the person. */
  readonly words: string;
  /** For the admin, without any personal value. */
  readonly code: string;
  readonly reason: string;
  readonly supportCode: string;
  /** Kept for the admin: `verified` says that the message was the identity provider's. */
  readonly kept: { readonly verified: boolean } | null;
}

/** A refused login is a plain page with a support code, always 4xx; the admin finds the reason under that code. */
@Catch()
export class SamlErrorFilter implements ExceptionFilter {
  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(Refusals) private readonly refusals: Refusals,
    @Inject(AskWhom) private readonly askWhom: AskWhom,
    @Inject(LoginTests) private readonly tests: LoginTests,
    @Inject(SamlConnections) private readonly connections: SamlConnections,
  ) {}

  /** Its caller waits for it, and answers for what it throws. */
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const [request, response] = [http.getRequest<Request>(), http.getResponse<Response>()];
    const described = describe(error);
    const { status, code, reason, words } = described;
    const connectionId = connectionOf(request);
    const supportCode = this.keep(request, connectionId, described);
    if (status >= 500) this.log.error({ event: 'saml.failed', reason, supportCode, err: error });
    else this.log.info({ event: 'saml.login_refused', code, reason, supportCode });
    const ask = await this.aside(() => this.whomToAsk(connectionId, described));
    await this.aside(() => this.tellTest(request, connectionId, { code, reason, supportCode }));
    // Who waited too long for an answer has gone, or was answered meanwhile.
    if (response.headersSent) return;
    if (error instanceof TooManyLogins) response.setHeader('Retry-After', String(error.retryAfterS));
    response
      .status(status)
      .type('html')
      .setHeader('X-Refusal-Code', code)
      .setHeader('Cache-Control', 'no-store')
      .send(refusalPage(words, ask ?? ASK, supportCode));
  }

  private keep(request: Request, connectionId: string | null, { kept, code, reason, supportCode }: Described): string {
    if (kept === null || connectionId === null) return supportCode;
    const samlResponse = (request.body as { SAMLResponse?: unknown } | undefined)?.SAMLResponse;
    return this.refusals.note({ connectionId, code, reason, supportCode, verified: kept.verified, samlResponse });
  }

  private async whomToAsk(connectionId: string | null, { kept }: Described): Promise<string | null> {
    return kept === null || connectionId === null ? null : this.askWhom.of(connectionId);
  }

  private async tellTest(request: Request, connectionId: string | null, refusal: object): Promise<void> {
    const browser = cookieOf(request, BROWSER_COOKIE);
    if (connectionId === null || request.method !== 'POST' || !isTestBrowser(browser)) return;
    const connection = await this.connections.load(connectionId);
    if (connection !== null) await this.tests.refused(connection, browser, refusal);
  }

  /** What else is done about an error must not hide it. */
  private async aside<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.log.warn({ event: 'saml.refusal_not_told', reason: messageOf(error) });
      return null;
    }
  }
}

/** From the path: a body that cannot be read comes to no route. */
function connectionOf({ path }: Request): string | null {
  const id = path.split('/')[2] ?? '';
  return isUuid(id) ? id.toLowerCase() : null;
}

function describe(error: unknown): Described {
  const supportCode = newSupportCode();
  if (error instanceof SamlRefused) return ofProtocol(error);
  if (error instanceof LoginRefused || error instanceof Refusal) {
    const words = error instanceof LoginRefused ? error.words : error.message;
    return { status: 403, words, code: error.code, reason: reasonOf(error), supportCode, kept: { verified: true } };
  }
  if (error instanceof TooManyLogins)
    return { status: 429, words: WAIT, code: 'too_many_logins', reason: error.message, supportCode, kept: null };
  if (error instanceof HttpException && error.getStatus() < 500) return ofHttp(error, supportCode);
  return ofOurs(error, supportCode);
}

function ofProtocol(error: SamlRefused): Described {
  const { code, reason, supportCode } = error;
  const kept = code === 'unknown_connection' ? null : { verified: false };
  return { status: statusOfRefusal(error), words: 'The login could not be taken.', code, reason, supportCode, kept };
}

function ofHttp(error: HttpException, supportCode: string): Described {
  const status = error.getStatus();
  const code = status === 404 ? 'route_unknown' : 'body_malformed';
  const kept = status === 404 ? null : { verified: false };
  return { status, words: 'The login could not be taken.', code, reason: error.message, supportCode, kept };
}

function ofOurs(error: unknown, supportCode: string): Described {
  const reason = messageOf(error);
  if (isUnavailable(error))
    return { status: 503, words: 'Try again in a moment.', code: 'unavailable', reason, supportCode, kept: null };
  const words = 'Something is wrong on our side; it was logged.';
  return { status: 500, words, code: 'internal', reason, supportCode, kept: null };
}
