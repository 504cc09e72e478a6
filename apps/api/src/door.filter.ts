import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemFilter } from '@tenure/admin-api';
import { SamlErrorFilter } from '@tenure/saml-jit';
import { ScimErrorFilter } from '@tenure/scim';

/** Errors that no route has seen (a body that cannot be read, an unknown path) in the form of the door that they came to. */
@Catch()
export class DoorFilter implements ExceptionFilter {
  constructor(
    @Inject(ScimErrorFilter) private readonly scim: ScimErrorFilter,
    @Inject(SamlErrorFilter) private readonly saml: SamlErrorFilter,
    @Inject(ProblemFilter) private readonly problem: ProblemFilter,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.of(host.switchToHttp().getRequest<Request>().path).catch(error, host);
  }

  private of(path: string): ExceptionFilter {
    if (/^\/scim(\/|$)/.test(path)) return this.scim;
    return /^\/saml(\/|$)/.test(path) ? this.saml : this.problem;
  }
}
