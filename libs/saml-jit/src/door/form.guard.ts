import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import bodyParser from 'body-parser';
import type { Request, Response } from 'express';
import { readBody } from '@tenure/platform';

const FORM = bodyParser.urlencoded({ extended: false, limit: 512 * 1024, parameterLimit: 20 });

/** Reads the form that a browser brings, once the limits of its address and connection let it in. */
@Injectable()
export class FormGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    await readBody(FORM, http.getRequest<Request>(), http.getResponse<Response>());
    return true;
  }
}
