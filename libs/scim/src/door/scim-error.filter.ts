import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isUnavailable, isUnstorable, LOG, Refusal, type Log, loggedReason } from '@tenure/platform';
import { allowedMethods } from '../protocol/allowed-methods.js';
import { CORE_CATALOGUE, typeAt } from '../schema/catalogue.js';
import { mediaTypeFor } from './scim-exchange.js';
import { ScimError } from '../protocol/scim-error.js';

/** Every answer of the door is SCIM's, errors included (RFC 7644 §3.12). */
@Catch()
export class ScimErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return;
    const scim = wrongVersion(request) ?? wrongMethod(error, request) ?? this.asScim(error);
    if (scim.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="scim"');
    if (scim.status === 503) response.setHeader('Retry-After', '1');
    for (const [name, value] of Object.entries(scim.headers)) response.setHeader(name, value);
    response.locals.scimError = scim;
    response
      .status(scim.status)
      .setHeader('Content-Type', mediaTypeFor(request))
      .send(Buffer.from(JSON.stringify(scim.toBody())));
  }

  /** Also what one operation of a bulk request ended with. */
  asScim(error: unknown): ScimError {
    if (error instanceof ScimError) return error;
    if (error instanceof HttpException)
      return new ScimError(error.getStatus(), error.message, error.getStatus() === 400 ? 'invalidSyntax' : undefined);
    if (error instanceof Refusal) return ofRefusal(error);
    if (isUnavailable(error))
      return new ScimError(503, 'The database does not answer right now. Send the request again.');
    if (isUnstorable(error)) {
      this.log.error({ event: 'scim.value_unstorable', reason: loggedReason(error), err: error });
      return new ScimError(400, 'A value cannot be stored: it is too long, or no text.', 'invalidValue');
    }
    this.log.error({ event: 'scim.failed', reason: loggedReason(error), err: error });
    return new ScimError(500, 'Something is wrong on our side; it was logged.');
  }
}

function ofRefusal({ status, message }: Refusal): ScimError {
  if (status === 409) return new ScimError(409, message, 'uniqueness');
  if (status === 429) return new ScimError(429, message, undefined, { 'Retry-After': '1' });
  return status === 404 ? new ScimError(404, message) : new ScimError(400, message, 'invalidValue');
}

/** RFC 7644 §3.13. */
const wrongVersion = ({ path }: Request): ScimError | null =>
  /^\/scim\/v(?!2(\/|$))[\d.]+(\/|$)/i.test(path)
    ? new ScimError(400, 'This server speaks SCIM 2.0, below /scim/v2.', 'invalidVers')
    : null;

/** No route was found: because there is nothing there, or because that cannot be done with it (RFC 9110 §15.5.6). */
function wrongMethod(error: unknown, { method, path }: Request): ScimError | null {
  const status = error instanceof HttpException || error instanceof ScimError ? statusOf(error) : 0;
  if (status !== 404) return null;
  const allowed = allowedMethods(path, (endpoint) => typeAt(CORE_CATALOGUE, endpoint) !== undefined);
  if (allowed === null || allowed.includes(method === 'HEAD' ? 'GET' : method)) return null;
  return new ScimError(405, `${method} cannot be done here; ${allowed.join(', ')} can.`, undefined, {
    Allow: allowed.join(', '),
  });
}

const statusOf = (error: HttpException | ScimError): number =>
  error instanceof ScimError ? error.status : error.getStatus();
