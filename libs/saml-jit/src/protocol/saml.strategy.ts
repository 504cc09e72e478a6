import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { MultiSamlStrategy } from '@node-saml/passport-saml';
import { isUuid } from '@tenure/platform';
import type { SamlLogin } from './read-login.js';
import { LoginRequests, REQUEST_LIFETIME_MS, SamlConnections, type SamlConnection } from './saml-connection.js';
import { samlOptions } from './saml-options.js';
import { SamlRefused } from './saml-refused.js';
import { verifyLoginResponse } from './verify-login-response.js';

/** Either name of the session's cookie. */
const SESSION = /(?:^|; *)(?:__Host-)?tenure=/;

type SamlRequest = Parameters<MultiSamlStrategy['authenticate']>[0];

/** The name under which passport knows the strategy. */
export const SAML_STRATEGY = 'saml';

/** What the guard puts on the request: who logged in, and through which connection. */
export interface SamlUser {
  readonly connection: SamlConnection;
  readonly login: SamlLogin;
  /** Its request is open no more: only the session that it opened before may see the answer again. */
  readonly used?: SamlRefused;
}

/**
 * passport-saml, narrowed to one door: a login's answer by POST. Its own `authenticate` redirects on an empty body,
 * takes logout messages at the ACS without a user, and unsigned ones by GET; none of that is reachable here.
 */
@Injectable()
export class SamlStrategy extends PassportStrategy(MultiSamlStrategy, SAML_STRATEGY) {
  constructor(
    private readonly connections: SamlConnections,
    private readonly requests: LoginRequests,
  ) {
    super(
      {
        getSamlOptions: (request, done) => {
          this.connectionOf(request).then(
            (connection) => done(null, samlOptions(connection)),
            (error: unknown) => done(error as Error),
          );
        },
      },
      (_profile: unknown, done: (error: Error) => void) =>
        done(new SamlRefused('not_a_login_response', 'Logins go through the checks only.')),
    );
  }

  /** passport-saml's logout verify. */
  validate(): never {
    throw new SamlRefused('not_a_login_response', 'A logout message was sent to the login.');
  }

  override authenticate(request: SamlRequest): void {
    this.verify(request).then(
      (user) => this.success({ ...user }),
      (error: unknown) => this.error(error as Error),
    );
  }

  private async verify(request: SamlRequest): Promise<SamlUser> {
    const connection = await this.connectionOf(request);
    assertEnabled(connection);
    if (request.method !== 'POST' || 'SAMLRequest' in request.query || 'SAMLResponse' in request.query) {
      throw new SamlRefused('not_a_login_response', 'The answer to a login comes as a form by POST.');
    }
    const body: unknown = request.body;
    const verdict = await verifyLoginResponse({ connection, body, requests: this.requests });
    if (verdict.ok) return { connection, login: verdict.login };
    const refused = new SamlRefused(verdict.code, verdict.reason, undefined, verdict.detail);
    // Who has no session cannot be the one that the answer signed in before.
    if (verdict.code !== 'request_unknown' || !SESSION.test(request.headers.cookie ?? '')) throw refused;
    const again = await verifyLoginResponse({ connection, body, requests: new AnsweredRequests() });
    if (!again.ok) throw refused;
    return { connection, login: again.login, used: refused };
  }

  private async connectionOf({ params }: SamlRequest): Promise<SamlConnection> {
    const id = params.connectionId;
    const connection = typeof id === 'string' && isUuid(id) ? await this.connections.load(id) : null;
    if (!connection) throw new SamlRefused('unknown_connection', 'There is no such SAML connection.');
    return connection;
  }
}

/** Takes any request for one that was answered: for a login that opens nothing. */
class AnsweredRequests extends LoginRequests {
  override lookUpRequest(): Promise<Date> {
    return Promise.resolve(new Date(Date.now() - REQUEST_LIFETIME_MS / 2));
  }
}

/** Guards `POST /saml/:connectionId/acs`. Behind it `request.user` is a `SamlUser`, always. */
@Injectable()
export class SamlGuard extends AuthGuard(SAML_STRATEGY) {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    // A strategy that passes lets the stock guard through without a user.
    const { user } = context.switchToHttp().getRequest<{ user?: unknown }>();
    if (user === undefined || user === null) throw new SamlRefused('not_a_login_response', 'Nobody logged in.');
    return true;
  }

  override handleRequest<User>(error: unknown, user: User | false): User {
    if (error) throw error as Error;
    if (!user) throw new SamlRefused('not_a_login_response', 'Nobody logged in.');
    return user;
  }
}

/** Refuses whoever comes through a connection that is switched off. */
export function assertEnabled({ disabled }: SamlConnection): void {
  if (disabled === true) throw new SamlRefused('connection_disabled', 'The connection is switched off.');
}

/** The status at the door for each refusal: always the caller's. */
export function statusOfRefusal({ code }: SamlRefused): 400 | 403 | 404 | 413 {
  if (code === 'unknown_connection') return 404;
  if (code === 'message_too_large') return 413;
  return code === 'body_malformed' || code === 'xml_malformed' ? 400 : 403;
}
