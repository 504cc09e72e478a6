import {
  Catch,
  Inject,
  MethodNotAllowedException,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { LOG, messageOf, type Log, loggedReason } from '@tenure/platform';
import { ProblemFilter } from '@tenure/admin-api';
import { SamlErrorFilter } from '@tenure/saml-jit';
import { ScimErrorFilter } from '@tenure/scim';
import { allowedAt, isServed } from './allowed-at.js';
import { doorOf } from './exact-address.js';
import { shownPath } from './shown-path.js';

/** The one place where errors of all doors come: each is answered in the form of the door that the request came to. */
@Catch()
export class DoorFilter implements ExceptionFilter {
  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(ScimErrorFilter) private readonly scim: ScimErrorFilter,
    @Inject(SamlErrorFilter) private readonly saml: SamlErrorFilter,
    @Inject(ProblemFilter) private readonly problem: ProblemFilter,
  ) {}

  /** Never throws and never rejects: nothing waits for it, and an error of the answer must not end the process. */
  catch(error: unknown, host: ArgumentsHost): void {
    this.answer(error, host).catch((failure: unknown) => this.giveUp(failure, host));
  }

  private async answer(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return this.afterAnswer(error, request, response);
    // Who asked has gone: nobody reads an answer, and what was under way may have ended because of it.
    if (response.closed) return this.log.info({ event: 'request.abandoned', reason: loggedReason(error) });
    const door = doorOf(request.path);
    if (door === 'scim') return this.scim.catch(error, host);
    const meant = wrongMethod(error, request, response) ?? error;
    if (door === 'saml') return this.saml.catch(meant, host);
    this.problem.catch(meant, host);
  }

  /** Whoever asked has an answer already; what is half sent is cut off, so that it is not taken for whole. */
  private afterAnswer(error: unknown, request: Request, response: Response): void {
    const { method, path } = request;
    const shown = shownPath(path, (request.route as { path: string } | undefined)?.path);
    const reason = messageOf(error);
    this.log.error({ event: 'request.failed_after_answer', method, path: shown, reason, err: error });
    if (!response.writableEnded) response.destroy();
  }

  private giveUp(failure: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    this.log.error({ event: 'request.not_answered', reason: loggedReason(failure), err: failure });
    if (response.headersSent) response.destroy();
    else response.status(500).end();
  }
}

/** RFC 9110 §15.5.6: what cannot be done here is another matter than an address at which there is nothing. */
function wrongMethod(error: unknown, request: Request, response: Response): Error | null {
  if (!(error instanceof NotFoundException) || isServed(request)) return null;
  const allowed = allowedAt(request);
  if (allowed.length === 0) return null;
  response.setHeader('Allow', allowed.join(', '));
  return new MethodNotAllowedException(`${request.method} cannot be done here; ${allowed.join(', ')} can.`);
}
