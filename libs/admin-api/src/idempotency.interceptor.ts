import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Idempotency } from '@tenure/tenancy';
import { principalOf } from './principal.js';

/** Shown once: a repeated request gets the same answer without them. */
const SECRETS = new Set(['token', 'webhookSecret', 'apiKey', 'key', 'password', 'testUrl']);

const withoutSecrets = (body: unknown): unknown =>
  body !== null && typeof body === 'object' && !Array.isArray(body)
    ? Object.fromEntries(Object.entries(body).filter(([name]) => !SECRETS.has(name)))
    : body;

/** Writes with an `Idempotency-Key` are carried out once per key. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(@Inject(Idempotency) private readonly idempotency: Idempotency) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const key = request.headers['idempotency-key'];
    if (request.method === 'GET' || typeof key !== 'string' || key === '') return next.handle();
    const response = http.getResponse<Response>();
    const asked = {
      method: request.method,
      url: request.originalUrl,
      body: Buffer.isBuffer(request.body) ? request.body.toString('base64') : (request.body as unknown),
    };
    const work = async (): Promise<{ status: number; body: unknown }> => ({
      body: await lastValueFrom(next.handle()),
      status: response.statusCode,
    });
    return from(
      this.idempotency.once(principalOf(request), key, asked, work, withoutSecrets).then((answer) => {
        response.status(answer.status);
        return answer.body;
      }),
    );
  }
}
