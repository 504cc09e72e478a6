import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, isUuid, type Config } from '@tenure/platform';
import { LoginLimitsGuard } from '../jit/login-limits.guard.js';
import { FormGuard } from './form.guard.js';
import { sendOn } from './form-page.js';
import { LOGOUT_ANSWERED, PAGE_POLICY, SIGNED_OUT, STILL_SIGNED_IN, TRIED } from './refusal-page.js';
import { localPathOf } from '../protocol/relay-state.js';
import { assertEnabled, SamlGuard, type SamlUser } from '../protocol/saml.strategy.js';
import type { SamlConnection } from '../protocol/saml-connection.js';
import { SamlRefused } from '../protocol/saml-refused.js';
import { serviceProviderMetadata } from '../protocol/service-provider-metadata.js';
import type { LogoutDelivery } from '../protocol/verify-logout.js';
import { SamlLogins } from './saml-logins.js';
import { SamlLogouts } from './saml-logouts.js';
import {
  BROWSER_COOKIE,
  browserCookie,
  cookieOf,
  sessionCookie,
  sessionCookieName,
  TEST_COOKIE,
} from './session-cookie.js';
import { StoredConnections } from '../connection/stored-connections.js';

const LOGOUT_PAGES = { signed_out: SIGNED_OUT, still_signed_in: STILL_SIGNED_IN, answered: LOGOUT_ANSWERED } as const;

/** `/saml/:connectionId/{metadata,login,acs,slo}`. */
@ApiTags('saml')
@Controller('saml/:connectionId')
export class SamlController {
  private readonly secure: boolean;
  private readonly publicUrl: string;

  constructor(
    @Inject(StoredConnections) private readonly connections: StoredConnections,
    @Inject(SamlLogins) private readonly logins: SamlLogins,
    @Inject(SamlLogouts) private readonly logouts: SamlLogouts,
    @Inject(CONFIG) config: Config,
  ) {
    this.publicUrl = config.publicUrl;
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
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const connection = await this.connection(id);
    assertEnabled(connection);
    const isTest = typeof test === 'string';
    const { message, browserToken } = isTest
      ? await this.logins.beginTest(connection, test)
      : await this.logins.begin(
          connection,
          localPathOf(relayState, this.publicUrl) ?? undefined,
          cookieOf(request, BROWSER_COOKIE),
        );
    await this.connections.note(connection, 'login_begun_at');
    const name = isTest ? TEST_COOKIE : BROWSER_COOKIE;
    sendOn(response.cookie(name, browserToken, browserCookie(`/saml/${id}`)), message);
  }

  @Post('acs')
  @UseGuards(LoginLimitsGuard, FormGuard, SamlGuard)
  async acs(@Req() request: Request & { user?: SamlUser }, @Res() response: Response): Promise<void> {
    if (!request.user) throw new SamlRefused('not_a_login_response', 'Nobody logged in.');
    const { connection, login, used } = request.user;
    const browser = {
      token: cookieOf(request, BROWSER_COOKIE),
      testToken: cookieOf(request, TEST_COOKIE),
      agent: request.headers['user-agent'],
      session: cookieOf(request, sessionCookieName(this.secure)),
    };
    const finished = await this.logins.finish(connection, login, browser, used);
    response.setHeader('Cache-Control', 'no-store').setHeader('Content-Security-Policy', PAGE_POLICY);
    if (finished.kind === 'test') {
      const path = { ...browserCookie(`/saml/${connection.id}`), maxAge: undefined };
      return void response.clearCookie(TEST_COOKIE, path).status(200).type('html').send(TRIED);
    }
    const token = finished.kind === 'session' ? finished.token : finished.renewed;
    if (token !== undefined) response.cookie(sessionCookieName(this.secure), token, sessionCookie(this.secure));
    const relayState: unknown = (request.body as Record<string, unknown>).RelayState;
    response.redirect(303, localPathOf(relayState, this.publicUrl) ?? '/me');
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
    await this.logOut(id, { binding: 'redirect', query }, request, response);
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
    await this.logOut(id, { binding: 'post', body: request.body }, request, response);
  }

  private async logOut(id: string, delivery: LogoutDelivery, request: Request, response: Response): Promise<void> {
    const session = cookieOf(request, sessionCookieName(this.secure));
    const outcome = await this.logouts.receive(await this.connection(id), delivery, session);
    if (outcome.kind === 'answer') return sendOn(response, outcome.message);
    response
      .setHeader('Cache-Control', 'no-store')
      .setHeader('Content-Security-Policy', PAGE_POLICY)
      .type('html')
      .send(LOGOUT_PAGES[outcome.kind]);
  }

  private async connection(id: string): Promise<SamlConnection> {
    const connection = isUuid(id) ? await this.connections.load(id) : null;
    if (connection === null) throw new SamlRefused('unknown_connection', 'There is no such SAML connection.');
    return connection;
  }
}
