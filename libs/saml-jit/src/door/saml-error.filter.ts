import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isUnavailable, isUuid, LOG, messageOf, Refusal, type Log, loggedReason } from '@tenure/platform';
import { AskWhom } from '../jit/ask-whom.js';
import { reasonOf } from '../jit/jit-logins.js';
import { TooManyLogins } from '../jit/login-limits.js';
import { LoginRefused } from '../jit/login-refused.js';
import { LoginTests } from '../jit/login-tests.js';
import { Refusals } from '../jit/refusals.js';
import { statusOfRefusal } from '../protocol/saml.strategy.js';
import { SamlConnections } from '../protocol/saml-connection.js';
import { newSupportCode, SamlRefused, type SamlRefusalCode } from '../protocol/saml-refused.js';
import { PAGE_POLICY, refusalPage } from './refusal-page.js';
import { cookieOf, TEST_COOKIE } from './session-cookie.js';

const ASK = 'Contact the administrator of your organisation.';
const WAIT = 'Too many logins came at once. Wait a minute, then try again.';

const NOT_READ =
  'The answer of your identity provider could not be read. Go back to the application and sign in again.';

/** What a person can do about a refusal of the protocol; what is not named here is for the administrator. */
const WORDS: Readonly<Partial<Record<SamlRefusalCode, string>>> = {
  unknown_connection: 'There is no login at this address. Check the link that you followed.',
  connection_disabled: 'Logins through this connection are switched off.',
  body_malformed: NOT_READ,
  request_missing: 'This login did not begin here. Go back to the application and sign in again.',
  request_unknown:
    'This login was used before, or began in another browser. Go back to the application and sign in again.',
  request_expired: 'This login took too long. Go back to the application and sign in again.',
  expired: 'This login took too long. Go back to the application and sign in again.',
  session_expired: 'Your session at the identity provider has ended. Sign in there again.',
  assertion_refused: 'This login was used before. Go back to the application and sign in again.',
  login_not_fresh: 'Your last login at the identity provider is too long ago. Sign in there again.',
  status_not_success: 'Your identity provider did not sign you in.',
};
const wordsOf = ({ code }: SamlRefused): string =>
  WORDS[code] ?? 'The login that your identity provider sent was not accepted.';

/** What is said of an error, to whom. */
interface Described {
  readonly status: number;
  /** For the person. */
  readonly words: string;
  /** For the admin, without any personal value. */
  readonly code: string;
  readonly reason: string;
  /** The identity provider's own words: for the admin, never for a log. */
  readonly detail?: string;
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
    const { status, code, reason, words, kept } = described;
    const connectionId = connectionOf(request);
    const at = kept === null || connectionId === null ? null : await this.aside(() => this.askWhom.of(connectionId));
    const supportCode = at === null ? described.supportCode : this.keep(request, connectionId, described);
    if (status >= 500) this.log.error({ event: 'saml.failed', reason, supportCode, err: error });
    else this.log.info({ event: 'saml.login_refused', code, reason, supportCode });
    await this.aside(() => this.tellTest(request, connectionId, { code, reason, supportCode }));
    // Who waited too long for an answer has gone, or was answered meanwhile.
    if (response.headersSent) return;
    if (error instanceof TooManyLogins) response.setHeader('Retry-After', String(error.retryAfterS));
    response
      .status(status)
      .type('html')
      .setHeader('X-Refusal-Code', code)
      .setHeader('Cache-Control', 'no-store')
      .setHeader('Content-Security-Policy', PAGE_POLICY)
      .send(refusalPage({ words, askWhom: at?.askWhom ?? ASK, supportCode, isKept: at !== null }));
  }

  private keep(
    request: Request,
    connectionId: string | null,
    { kept, code, reason, detail, supportCode }: Described,
  ): string {
    if (kept === null || connectionId === null) return supportCode;
    const samlResponse = (request.body as { SAMLResponse?: unknown } | undefined)?.SAMLResponse;
    const whole = detail === undefined ? reason : `${reason} It says: "${detail}"`;
    return this.refusals.note({
      connectionId,
      code,
      reason: whole,
      supportCode,
      verified: kept.verified,
      samlResponse,
    });
  }

  private async tellTest(request: Request, connectionId: string | null, refusal: object): Promise<void> {
    const browser = cookieOf(request, TEST_COOKIE);
    if (connectionId === null || request.method !== 'POST' || browser === undefined) return;
    const connection = await this.connections.load(connectionId);
    if (connection !== null) await this.tests.refused(connection, browser, refusal);
  }

  /** What else is done about an error must not hide it. */
  private async aside<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.log.warn({ event: 'saml.refusal_not_told', reason: loggedReason(error) });
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
  const { code, reason, detail, supportCode } = error;
  const told = detail === undefined ? {} : { detail };
  const kept = code === 'unknown_connection' ? null : { verified: false };
  return { status: statusOfRefusal(error), words: wordsOf(error), code, reason, ...told, supportCode, kept };
}

/** Nobody logs in there: nothing is kept for the admin. */
const WRONG_ADDRESSES: ReadonlyMap<number, Pick<Described, 'words' | 'code'>> = new Map([
  [404, { words: 'There is nothing at this address. Check the link that you followed.', code: 'route_unknown' }],
  [
    405,
    {
      words:
        'Your identity provider sends its answers to this address; a browser does not open it by itself. Start again from the application, or from the page where you log in.',
      code: 'method_not_allowed',
    },
  ],
]);

function ofHttp(error: HttpException, supportCode: string): Described {
  const status = error.getStatus();
  const wrong = WRONG_ADDRESSES.get(status);
  if (wrong !== undefined) return { status, ...wrong, reason: error.message, supportCode, kept: null };
  const kept = { verified: false };
  return { status, words: NOT_READ, code: 'body_malformed', reason: error.message, supportCode, kept };
}

function ofOurs(error: unknown, supportCode: string): Described {
  const reason = messageOf(error);
  if (isUnavailable(error))
    return {
      status: 503,
      words: 'The login is not available right now. Try again in a minute.',
      code: 'unavailable',
      reason,
      supportCode,
      kept: null,
    };
  const words =
    'Something went wrong on our side, and was logged. Try again; if it happens again, contact your administrator.';
  return { status: 500, words, code: 'internal', reason, supportCode, kept: null };
}
