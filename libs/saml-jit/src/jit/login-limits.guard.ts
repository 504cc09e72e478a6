import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { isUuid } from '@tenure/platform';
import { SamlRefused } from '../protocol/saml-refused.js';
import { LoginLimits } from './login-limits.js';

/** Stands before everything that costs something: too many logins are turned away by their address and connection. */
@Injectable()
export class LoginLimitsGuard implements CanActivate {
  constructor(@Inject(LoginLimits) private readonly limits: LoginLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request<{ connectionId: string }>>();
    const { connectionId } = request.params;
    if (!isUuid(connectionId)) throw new SamlRefused('unknown_connection', 'There is no such SAML connection.');
    await this.limits.take(request.ip ?? '', connectionId.toLowerCase());
    return true;
  }
}
