import {
  Inject,
  Injectable,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import bodyParser from 'body-parser';
import type { Request, RequestHandler, Response } from 'express';
import type { Observable } from 'rxjs';
import { ConcurrencyLimit, readBody } from '@tenure/platform';
import { principalOf } from './principal.js';

const MB = 1024 * 1024;
const FILE = 'file';
const WITHOUT = new Set(['GET', 'HEAD']);

/** A route whose body is a file. */
export const TakesFile = (): MethodDecorator => SetMetadata(FILE, true);

const PARSERS = {
  admin: bodyParser.json({ limit: 2 * MB }),
  me: bodyParser.json({ limit: 64 * 1024 }),
  file: bodyParser.raw({ type: ['text/csv', 'application/octet-stream'], limit: 64 * MB }),
} as const satisfies Record<string, RequestHandler>;

/** Reads the body of an admin's request, behind the guard: a request without a key costs no memory. */
@Injectable()
export class AdminBody implements NestInterceptor {
  private readonly files = new ConcurrencyLimit(
    { each: 2, total: 8 },
    'too_many_files',
    'Two files of the tenant are being received; send this one when they are done.',
  );

  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const [request, response] = [http.getRequest<Request>(), http.getResponse<Response>()];
    if (WITHOUT.has(request.method)) return next.handle();
    const isFile = this.reflector.get<boolean | undefined>(FILE, context.getHandler()) === true;
    if (!isFile) await readBody(PARSERS.admin, request, response);
    else await this.files.run(principalOf(request).tenantId, () => readBody(PARSERS.file, request, response));
    return next.handle();
  }
}

/** Reads the body of an employee's request, behind the guard. */
@Injectable()
export class EmployeeBody implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!WITHOUT.has(request.method)) await readBody(PARSERS.me, request, http.getResponse<Response>());
    return next.handle();
  }
}
