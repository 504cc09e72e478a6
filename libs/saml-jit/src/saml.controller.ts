import {
  Catch,
  Controller,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, isUnavailable, isUuid, LOG, messageOf, Refusal, type Config, type Log } from '@tenure/platform';
import { localPathOf } from './protocol/relay-state.js';
import { assertEnabled, SamlGuard, statusOfRefusal, type SamlUser } from './protocol/saml.strategy.js';
import type { SamlConnection } from './protocol/saml-connection.js';
import { SamlRefused } from './protocol/saml-refused.js';
import { serviceProviderMetadata } from './protocol/service-provider-metadata.js';
import type { LogoutDelivery } from './protocol/verify-logout.js';
import { SamlLogins } from './saml-logins.js';
import { SamlLogouts } from './saml-logouts.js';
import { BROWSER_COOKIE, browserCookie, cookieOf, sessionCookie, sessionCookieName } from './session-cookie.js';
import { StoredConnections } from './stored-connections.js';

const PAGE = (title: string, text: string, code: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${escaped(text)}</p><p>Support code: <code>${code}</code></p></html>`;

const SIGNED_OUT =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed out</title><h1>You are signed out</h1></html>';

/** A message may name what somebody sent. */
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A refused login is a plain page with a support code, always 4xx; the reason is in the log under that code. */
@Catch()
export class SamlErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { status, text, code, reason, supportCode } = describe(error);
    if (status >= 500) this.log.error({ event: 'saml.failed', reason: messageOf(error), err: error });
    else this.log.info({ event: 'saml.login_refused', code, reason, supportCode });
    const response = host.switchToHttp().getResponse<Response>();
    response
      .status(status)
      .type('html')
      .setHeader('X-Refusal-Code', code)
      .setHeader('Cache-Control', 'no-store')
      .send(PAGE('You could not be signed in', text, supportCode));
  }
}

interface Described {
  readonly status: number;
  readonly text: string;
  readonly code: string;
  readonly reason: string;
  readonly supportCode: string;
}

function describe(error: unknown): Described {
  const supportCode = new SamlRefused('body_malformed', '').supportCode;
  const ask = 'Ask your administrator, and tell the code below.';
  if (error instanceof SamlRefused)
    return {
      status: statusOfRefusal(error),
      text: ask,
      code: error.code,
      reason: error.reason,
      supportCode: error.supportCode,
    };
  if (error instanceof Refusal)
    return { status: 403, text: error.message, code: error.code, reason: error.code, supportCode };
  if (error instanceof HttpException && error.getStatus() < 500)
    return { status: error.getStatus(), text: ask, code: 'body_malformed', reason: error.message, supportCode };
  if (isUnavailable(error))
    return { status: 503, text: 'Try again in a moment.', code: 'unavailable', reason: messageOf(error), supportCode };
  return {
    status: 500,
    text: 'Something is wrong on our side; it was logged.',
    code: 'internal',
    reason: messageOf(error),
    supportCode,
  };
}

/** `/saml/:connectionId/{metadata,login,acs,slo}`. */
@ApiTags('saml')
@Controller('saml/:connectionId')
@UseFilters(SamlErrorFilter)
export class SamlController {
  private readonly secure: boolean;

  constructor(
    @Inject(StoredConnections) private readonly connections: StoredConnections,
    @Inject(SamlLogins) private readonly logins: SamlLogins,
    @Inject(SamlLogouts) private readonly logouts: SamlLogouts,
    @Inject(CONFIG) config: Config,
  ) {
    this.secure = config.publicUrl.startsWith('https:');
  }

  /** Signed, with every certificate that is in use or comes next. */
  @Get('metadata')
  async metadata(@Param('connectionId') id: string, @Res() response: Response): Promise<void> {
    const connection = await this.connection(id);
    response.type('application/samlmetadata+xml').send(serviceProviderMetadata(connection));
    await this.connections.note(connection, 'metadata_read_at');
  }

  @Get('login')
  async login(
    @Param('connectionId') id: string,
    @Query('RelayState') relayState: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const connection = await this.connection(id);
    assertEnabled(connection);
    const { redirectUrl, browserToken } = await this.logins.begin(connection, localPathOf(relayState) ?? undefined);
    await this.connections.note(connection, 'login_begun_at');
    response
      .cookie(BROWSER_COOKIE, browserToken, browserCookie(`/saml/${id}`))
      .setHeader('Cache-Control', 'no-store')
      .redirect(302, redirectUrl);
  }

  @Post('acs')
  @UseGuards(SamlGuard)
  async acs(@Req() request: Request & { user?: SamlUser }, @Res() response: Response): Promise<void> {
    if (!request.user) throw new SamlRefused('not_a_login_response', 'Nobody logged in.');
    const { connection, login } = request.user;
    const token = await this.logins.finish(connection, login, cookieOf(request, BROWSER_COOKIE));
    const relayState: unknown = (request.body as Record<string, unknown>).RelayState;
    response
      .clearCookie(BROWSER_COOKIE, { ...browserCookie(`/saml/${connection.id}`), maxAge: undefined })
      .cookie(sessionCookieName(this.secure), token, sessionCookie(this.secure))
      .setHeader('Cache-Control', 'no-store')
      .redirect(303, localPathOf(relayState) ?? '/me');
  }

  /** Single logout by address: the IdP's request, or its answer to ours. */
  @Get('slo')
  async logoutByRedirect(
    @Param('connectionId') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const at = request.originalUrl.indexOf('?');
    const query = at < 0 ? '' : request.originalUrl.slice(at + 1);
    await this.logOut(id, { binding: 'redirect', query }, response);
  }

  /** Single logout by form. */
  @Post('slo')
  @HttpCode(200)
  async logoutByPost(
    @Param('connectionId') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    // What is in the address of a form is another message, or a part that nobody signed.
    if (Object.keys(request.query).length > 0)
      throw new SamlRefused('body_malformed', 'A form has its message in its body only.');
    await this.logOut(id, { binding: 'post', body: request.body }, response);
  }

  private async logOut(id: string, delivery: LogoutDelivery, response: Response): Promise<void> {
    const answerUrl = await this.logouts.receive(await this.connection(id), delivery);
    response.setHeader('Cache-Control', 'no-store');
    if (answerUrl !== null) response.redirect(302, answerUrl);
    else response.type('html').send(SIGNED_OUT);
  }

  private async connection(id: string): Promise<SamlConnection> {
    const connection = isUuid(id) ? await this.connections.load(id) : null;
    if (connection === null) throw new SamlRefused('unknown_connection', 'There is no such SAML connection.');
    return connection;
  }
}
