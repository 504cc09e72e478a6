import { Controller, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CONFIG, type Config } from '@tenure/platform';
import type { OpenSession } from '@tenure/tenancy';
import { SamlLogouts, sessionCookieName } from '@tenure/saml-jit';
import { Employee, EmployeeGuard } from './employee.js';

@ApiTags('me')
@Controller('me')
@UseGuards(EmployeeGuard)
export class MeLogoutController {
  constructor(
    @Inject(SamlLogouts) private readonly logouts: SamlLogouts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Ends this session. `redirectTo` is where the browser goes to end the one at the identity provider too; null: nowhere. */
  @Post('logout')
  @HttpCode(200)
  async logOut(
    @Employee() { tenantId, id }: OpenSession,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ redirectTo: string | null }> {
    const redirectTo = await this.logouts.end(tenantId, id);
    const secure = this.config.publicUrl.startsWith('https:');
    response.clearCookie(sessionCookieName(secure), { httpOnly: true, secure, sameSite: 'lax', path: '/' });
    return { redirectTo };
  }
}
