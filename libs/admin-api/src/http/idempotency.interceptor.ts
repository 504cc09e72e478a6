import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Idempotency, type Answer } from '@tenure/tenancy';
import { principalOf } from './principal.js';

/** Shown once: a repeated request gets the same answer without them. */
const SECRETS = new Set(['token', 'webhookSecret', 'apiKey', 'key', 'password', 'testUrl']);

const withoutSecrets = (body: unknown): unknown =>
  body !== null && typeof body === 'object' && !Array.isArray(body)
    ? Object.fromEntries(Object.entries(body).filter(([name]) => !SECRETS.has(name)))
    : body;

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** What an answer says in its headers; the others are the server's. */
const HEADERS = ['etag', 'location', 'retry-after'];

const headersOf = (response: Response): Record<string, string> =>
  Object.fromEntries(
    HEADERS.flatMap((name) => {
      const value = response.getHeader(name);
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );

/** Writes with an `Idempotency-Key` are carried out once per key. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(@Inject(Idempotency) private readonly idempotency: Idempotency) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const key = request.headers['idempotency-key'];
    if (!WRITES.has(request.method) || typeof key !== 'string' || key === '') return next.handle();
    const response = http.getResponse<Response>();
    const asked = {
      method: request.method,
      url: request.originalUrl,
      ifMatch: request.headers['if-match'] ?? null,
      body: Buffer.isBuffer(request.body) ? request.body.toString('base64') : (request.body as unknown),
    };
    const work = async (): Promise<Answer> => ({
      body: await lastValueFrom(next.handle() as Observable<unknown>, { defaultValue: undefined }),
      status: response.statusCode,
      headers: headersOf(response),
    });
    return from(
      this.idempotency.once(principalOf(request), key, asked, work, withoutSecrets).then((answer) => {
        response.status(answer.status).set(answer.headers);
        return answer.body;
      }),
    );
  }
}
