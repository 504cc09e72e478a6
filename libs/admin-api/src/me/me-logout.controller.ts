import { HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '@tenure/platform';
import type { OpenSession } from '@tenure/tenancy';
import { SamlLogouts, sendOn, sessionCookieName, SIGNED_OUT } from '@tenure/saml-jit';
import { Employee } from './employee.js';
import { MeRoute } from './me-route.js';

@MeRoute()
export class MeLogoutController {
  constructor(
    @Inject(SamlLogouts) private readonly logouts: SamlLogouts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Ends this session. `redirectTo` is where the browser goes to end the one at the identity provider too; where that takes
   * forms only, `form` is what it posts there; null and null: nowhere. A form that asks for HTML is sent on at once.
   */
  @Post('logout')
  @HttpCode(200)
  async logOut(@Employee() me: OpenSession, @Req() request: Request, @Res() response: Response): Promise<void> {
    const message = await this.logouts.end(me);
    const secure = this.config.publicUrl.startsWith('https:');
    response.clearCookie(sessionCookieName(secure), { httpOnly: true, secure, sameSite: 'lax', path: '/' });
    if (request.accepts(['json', 'html']) === 'html') {
      if (message === null) response.type('html').send(SIGNED_OUT);
      else sendOn(response, message, 303);
      return;
    }
    const redirectTo = message?.binding === 'HTTP-Redirect' ? message.url : null;
    const form = message?.binding === 'HTTP-POST' ? { action: message.action, fields: message.fields } : null;
    response.json({ redirectTo, form });
  }
}
