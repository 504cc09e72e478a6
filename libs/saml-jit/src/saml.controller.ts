import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, isUuid, type Config } from '@tenure/platform';
import { LoginLimitsGuard } from './jit/login-limits.guard.js';
import { FormGuard } from './form.guard.js';
import { sendOn } from './form-page.js';
import { PAGE_POLICY, SIGNED_OUT, TRIED } from './refusal-page.js';
import { localPathOf } from './protocol/relay-state.js';
import { assertEnabled, SamlGuard, type SamlUser } from './protocol/saml.strategy.js';
import type { SamlConnection } from './protocol/saml-connection.js';
import { SamlRefused } from './protocol/saml-refused.js';
import { serviceProviderMetadata } from './protocol/service-provider-metadata.js';
import type { LogoutDelivery } from './protocol/verify-logout.js';
import { SamlLogins } from './saml-logins.js';
import { SamlLogouts } from './saml-logouts.js';
import { BROWSER_COOKIE, browserCookie, cookieOf, sessionCookie, sessionCookieName } from './session-cookie.js';
import { StoredConnections } from './stored-connections.js';

/** `/saml/:connectionId/{metadata,login,acs,slo}`. */
@ApiTags('saml')
@Controller('saml/:connectionId')
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
  @UseGuards(LoginLimitsGuard)
  async metadata(@Param('connectionId') id: string, @Res() response: Response): Promise<void> {
    const connection = await this.connection(id);
    await this.connections.note(connection, 'metadata_read_at');
    response.type('application/samlmetadata+xml').send(serviceProviderMetadata(connection));
  }

  @Get('login')
  @UseGuards(LoginLimitsGuard)
  async login(
    @Param('connectionId') id: string,
    @Query('RelayState') relayState: unknown,
    @Query('test') test: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const connection = await this.connection(id);
    assertEnabled(connection);
    const { message, browserToken } = await this.logins.begin(
      connection,
      localPathOf(relayState) ?? undefined,
      typeof test === 'string' ? test : undefined,
    );
    await this.connections.note(connection, 'login_begun_at');
    sendOn(response.cookie(BROWSER_COOKIE, browserToken, browserCookie(`/saml/${id}`)), message);
  }

  @Post('acs')
  @UseGuards(LoginLimitsGuard, FormGuard, SamlGuard)
  async acs(@Req() request: Request & { user?: SamlUser }, @Res() response: Response): Promise<void> {
    if (!request.user) throw new SamlRefused('not_a_login_response', 'Nobody logged in.');
    const { connection, login } = request.user;
    const browser = {
      token: cookieOf(request, BROWSER_COOKIE),
      agent: request.headers['user-agent'],
      session: cookieOf(request, sessionCookieName(this.secure)),
    };
    const token = await this.logins.finish(connection, login, browser);
    response
      .clearCookie(BROWSER_COOKIE, { ...browserCookie(`/saml/${connection.id}`), maxAge: undefined })
      .setHeader('Cache-Control', 'no-store')
      .setHeader('Content-Security-Policy', PAGE_POLICY);
    if (token === null) return void response.status(200).type('html').send(TRIED);
    const relayState: unknown = (request.body as Record<string, unknown>).RelayState;
    response
      .cookie(sessionCookieName(this.secure), token, sessionCookie(this.secure))
      .redirect(303, localPathOf(relayState) ?? '/me');
  }

  /** Single logout by address: the IdP's request, or its answer to ours. */
  @Get('slo')
  @UseGuards(LoginLimitsGuard)
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
  @UseGuards(LoginLimitsGuard, FormGuard)
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
    const answer = await this.logouts.receive(await this.connection(id), delivery);
    if (answer !== null) return sendOn(response, answer);
    response
      .setHeader('Cache-Control', 'no-store')
      .setHeader('Content-Security-Policy', PAGE_POLICY)
      .type('html')
      .send(SIGNED_OUT);
  }

  private async connection(id: string): Promise<SamlConnection> {
    const connection = isUuid(id) ? await this.connections.load(id) : null;
    if (connection === null) throw new SamlRefused('unknown_connection', 'There is no such SAML connection.');
    return connection;
  }
}
