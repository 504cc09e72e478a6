import { isUtf8 } from 'node:buffer';
import bodyParser from 'body-parser';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { LIMITS } from '../protocol/limits.js';
import { ScimError } from '../protocol/scim-error.js';

const JSON_TYPE = /^\s*(?:application\/(?:scim\+)?|text\/)json\s*(;|$)/i;

/** RFC 7644 §3.1: SCIM's media type or plain JSON; a client that names none means one of them. */
const isJson = ({ headers: { 'content-type': type = '' } }: IncomingMessage): boolean =>
  type.trim() === '' || JSON_TYPE.test(type);

const PARSER = bodyParser.json({
  type: isJson,
  limit: LIMITS.payloadBytes,
  // RFC 7644 §3.1, RFC 8259 §8.1: UTF-8, so that what is kept is what was sent.
  verify: (_request: IncomingMessage, _response: unknown, body: Buffer): void => {
    if (!isUtf8(body)) throw Object.assign(new Error('The body is no UTF-8.'), { status: 400 });
  },
});

/** Reads the bodies of the door; `utf8` is what some clients call UTF-8. */
export const JSON_BODY = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
): void => {
  const type = request.headers['content-type'];
  if (type !== undefined)
    request.headers['content-type'] = type.replace(/(charset\s*=\s*"?)utf8(?=["\s;]|$)/i, '$1utf-8');
  PARSER(request, response, next);
};

/** Reads the form of an OAuth client. */
export const FORM_BODY = bodyParser.urlencoded({ extended: false, limit: 16 * 1024, parameterLimit: 20 });

/** Of a method that has no meaning for it, a body is left unread. */
export const takesBody = ({ method }: Request): boolean => ['POST', 'PUT', 'PATCH'].includes(method);

const FORM = /^\s*application\/x-www-form-urlencoded\s*(;|$)/i;

/** Refuses a body that nobody would read, before somebody takes it for none. */
export function refuseOtherMedia(request: Request, _response: Response, next: NextFunction): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding, 'content-type': type = '' } = request.headers;
  const hasBody = encoding !== undefined || Number(length) > 0;
  const isToken = /^\/v2\/token\/?$/i.test(request.path) && FORM.test(type);
  if (!hasBody || isJson(request) || isToken) return next();
  next(new ScimError(415, 'Send the body as application/scim+json or application/json.'));
}
