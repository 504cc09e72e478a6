import { HttpException } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import { messageOf } from '../errors.js';
import { checkJson } from './check-json.js';

/** Reads a request's body once who sends it is known: no door spends memory on a request that it refuses. */
export async function readBody(
  parser: RequestHandler,
  request: Request,
  response: Response,
  mostNames?: number,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    void parser(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(httpOf(error))));
  });
  if (!Buffer.isBuffer(request.body)) checkJson(request.body, mostNames);
}

/** What a parser refuses has the status that it should be answered with. */
function httpOf(error: unknown): Error {
  const status = error !== null && typeof error === 'object' && 'status' in error ? error.status : undefined;
  const isRefusal = typeof status === 'number' && status >= 400 && status < 500;
  if (isRefusal) return new HttpException(messageOf(error).slice(0, 300), status, { cause: error });
  return error instanceof Error ? error : new Error(messageOf(error));
}
