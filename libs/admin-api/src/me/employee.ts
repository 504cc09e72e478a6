import { createParamDecorator, Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CONFIG, Refusal, type Config } from '@tenure/platform';
import { Sessions, type OpenSession } from '@tenure/tenancy';
import type { Actor } from '@tenure/journal';
import { cookieOf, sessionCookie, sessionCookieName } from '@tenure/saml-jit';

type SignedIn = Request & { employee?: OpenSession };

const READS = new Set(['GET', 'HEAD']);

/** Lets employees in by their session, and takes writes from pages of this site only: a cookie comes along from anywhere. */
@Injectable()
export class EmployeeGuard implements CanActivate {
  constructor(
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<SignedIn>();
    const { publicUrl } = this.config;
    if (!READS.has(request.method) && !isSameOrigin(request.headers, new URL(publicUrl).origin))
      throw new Refusal('cross_site', 'This is taken from this site’s own pages only; open the portal and try again.');
    const secure = publicUrl.startsWith('https:');
    const response = context.switchToHttp().getResponse<Response>();
    response.setHeader('Cache-Control', 'no-store');
    const token = cookieOf(request, sessionCookieName(secure));
    const session = token === undefined ? null : await this.sessions.find(token);
    if (session === null) throw sessionMissing();
    const { renewed, ...employee } = session;
    if (renewed !== undefined) response.cookie(sessionCookieName(secure), renewed, sessionCookie(secure));
    request.employee = employee;
    return true;
  }
}

export const sessionMissing = (): Refusal =>
  new Refusal('session_missing', 'Sign in first, at your organisation’s login address.');

/** Browsers say where a request comes from, and scripts cannot change what they say; a request that does not say is refused. */
export function isSameOrigin(headers: Request['headers'], origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return headers.origin === undefined ? site === 'same-origin' : headers.origin === origin;
}

/** The session as a parameter of a route. */
export const Employee = createParamDecorator((_: unknown, context: ExecutionContext): OpenSession => {
  const { employee } = context.switchToHttp().getRequest<SignedIn>();
  if (!employee) throw new Error('the route has no guard');
  return employee;
});

/** The employee as the journal shows it. */
export const actorOfEmployee = ({ identityId }: OpenSession): Actor => ({
  actor: `identity:${identityId}`,
  door: 'access',
});
