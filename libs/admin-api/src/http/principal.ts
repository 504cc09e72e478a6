import {
  createParamDecorator,
  Inject,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ApiKeys, assertMay, type Principal, type Right } from '@tenure/tenancy';
import type { Actor } from '@tenure/journal';

const RIGHT = 'right';
type Authenticated = Request & { principal?: Principal };

/** The right that a route asks for; `read` where nothing is said. */
export const Needs = (right: Right): MethodDecorator & ClassDecorator => SetMetadata(RIGHT, right);

/** Lets API keys in, as far as their role goes. */
@Injectable()
export class PrincipalGuard implements CanActivate {
  constructor(
    @Inject(ApiKeys) private readonly apiKeys: ApiKeys,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Authenticated>();
    const [, key] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const principal = await this.apiKeys.authenticate(key);
    assertMay(
      principal,
      this.reflector.getAllAndOverride<Right | undefined>(RIGHT, [context.getHandler(), context.getClass()]) ?? 'read',
    );
    request.principal = principal;
    return true;
  }
}

/** Who calls, behind the guard. */
export const principalOf = (request: Authenticated): Principal => {
  if (!request.principal) throw new Error('the route has no guard');
  return request.principal;
};

/** The principal as a parameter of a route. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest<Authenticated>()),
);

/** The principal as the journal shows it. */
export const actorOf = (principal: Principal): Actor => ({ actor: principal.actor, door: 'admin' });
