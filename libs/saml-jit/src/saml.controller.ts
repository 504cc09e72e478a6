import { Controller, Get, Inject, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, isUuid, type Config } from '@tenure/platform';
import { LoginLimitsGuard } from './jit/login-limits.guard.js';
import { TRIED } from './refusal-page.js';
import { localPathOf } from './protocol/relay-state.js';
import { SamlGuard, type SamlUser } from './protocol/saml.strategy.js';
import type { SamlConnection } from './protocol/saml-connection.js';
import { SamlRefused } from './protocol/saml-refused.js';
import { serviceProviderMetadata } from './protocol/service-provider-metadata.js';
import { SamlErrorFilter } from './saml-error.filter.js';
import { SamlLogins } from './saml-logins.js';
import { BROWSER_COOKIE, browserCookie, cookieOf, sessionCookie, sessionCookieName } from './session-cookie.js';
import { StoredConnections } from './stored-connections.js';

/** `/saml/:connectionId/{metadata,login,acs}`. */
@ApiTags('saml')
@Controller('saml/:connectionId')
@UseFilters(SamlErrorFilter)
export class SamlController {
  private readonly secure: boolean;

  constructor(
    @Inject(StoredConnections) private readonly connections: StoredConnections,
    @Inject(SamlLogins) private readonly logins: SamlLogins,
    @Inject(CONFIG) config: Config,
  ) {
    this.secure = config.publicUrl.startsWith('https:');
  }

  @Get('metadata')
  async metadata(@Param('connectionId') id: string, @Res() response: Response): Promise<void> {
    response.type('application/samlmetadata+xml').send(serviceProviderMetadata(await this.connection(id)));
  }

  @Get('login')
  @UseGuards(LoginLimitsGuard)
  async login(
    @Param('connectionId') id: string,
    @Query('RelayState') relayState: unknown,
    @Query('test') test: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const { redirectUrl, browserToken } = await this.logins.begin(
      await this.connection(id),
      localPathOf(relayState) ?? undefined,
      typeof test === 'string' ? test : undefined,
    );
    response
      .cookie(BROWSER_COOKIE, browserToken, browserCookie(`/saml/${id}`))
      .setHeader('Cache-Control', 'no-store')
      .redirect(302, redirectUrl);
  }

  @Post('acs')
  @UseGuards(LoginLimitsGuard, SamlGuard)
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
      .setHeader('Cache-Control', 'no-store');
    if (token === null) return void response.status(200).type('html').send(TRIED);
    const relayState: unknown = (request.body as Record<string, unknown>).RelayState;
    response
      .cookie(sessionCookieName(this.secure), token, sessionCookie(this.secure))
      .redirect(303, localPathOf(relayState) ?? '/me');
  }

  private async connection(id: string): Promise<SamlConnection> {
    const connection = isUuid(id) ? await this.connections.load(id) : null;
    if (connection === null) throw new SamlRefused('unknown_connection', 'There is no such SAML connection.');
    return connection;
  }
}
