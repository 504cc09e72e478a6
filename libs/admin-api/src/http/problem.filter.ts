import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import {
  currentContext,
  ERROR_CODES,
  isUnavailable,
  isUnstorable,
  LOG,
  problemType,
  Refusal,
  type ErrorCode,
  type InputFault,
  type Log,
  loggedReason,
} from '@tenure/platform';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
};

/** RFC 9457 problem details, with a stable `code`. */
export interface Problem {
  /** A path that explains the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly faults?: readonly InputFault[];
  readonly requestId?: string;
}

/** Every error that no door of its own format takes, as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const problem = this.problemOf(error);
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="tenure"');
    if (problem.status === 503 || problem.status === 429) response.setHeader('Retry-After', '1');
    if (!response.headersSent)
      response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private problemOf(error: unknown): Problem {
    if (error instanceof Refusal) return problem(error.code, error.message, error.faults);
    if (error instanceof HttpException) return httpProblem(error);
    if (isUnavailable(error)) {
      this.log.warn({ event: 'request.unavailable', reason: loggedReason(error) });
      return problem(
        'database_unavailable',
        'The database does not answer right now. Send the request again; with the same Idempotency-Key it is carried out once.',
      );
    }
    if (isUnstorable(error)) {
      this.log.error({ event: 'request.value_unstorable', reason: loggedReason(error), err: error });
      return problem(
        'value_unstorable',
        'A value cannot be stored: it is too long, or not a text or date that exists.',
      );
    }
    this.log.error({ event: 'request.failed', reason: loggedReason(error), err: error });
    return problem('internal', 'Something is wrong on our side; it was logged under the request id.');
  }
}

/** The status is that of the code, but for errors of the framework that have no code of their own. */
function problem(
  code: ErrorCode,
  detail: string,
  faults: readonly InputFault[] = [],
  status = ERROR_CODES[code].status,
): Problem {
  const requestId = currentContext()?.requestId;
  return {
    type: problemType(code),
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail,
    ...(faults.length > 0 && { faults }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** Nest's own: unknown routes, bodies that cannot be read, DTOs that do not hold. */
function httpProblem(error: HttpException): Problem {
  const status = error.getStatus();
  const response = error.getResponse();
  const messages =
    typeof response === 'object' && 'message' in response && Array.isArray(response.message)
      ? (response.message as string[])
      : [];
  const code =
    (
      {
        400: 'request_malformed',
        404: 'route_unknown',
        405: 'method_not_allowed',
        413: 'body_too_large',
        415: 'media_type_unsupported',
      } as Record<number, ErrorCode>
    )[status] ?? 'http_error';
  if (messages.length === 0) return problem(code, error.message, [], status);
  const { faults } = new Refusal('input_invalid', '', messages.map(faultOf));
  return problem('input_invalid', 'The request has mistakes; each is listed.', faults, status);
}

const UNKNOWN = /^(?:(\S*)\.)?property (.*) should not exist$/s;

/** A sentence of class-validator: the path, or with `property … should not exist` the name of what is not known. */
function faultOf(sentence: string): InputFault {
  const [, within, name] = UNKNOWN.exec(sentence.slice(0, 1_000)) ?? [];
  if (name !== undefined) {
    const path = within === undefined ? name : `${within}.${name}`;
    return { path, message: 'is not known here; leave it out, or correct its spelling' };
  }
  const at = sentence.indexOf(' ');
  return at < 0 ? { path: sentence, message: '' } : { path: sentence.slice(0, at), message: sentence.slice(at + 1) };
}
