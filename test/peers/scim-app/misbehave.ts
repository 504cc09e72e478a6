import type { RequestHandler, Response } from 'express';
import type { FaultPlan, FaultRule } from './faults.js';
import type { RequestLog } from './request-log.js';

const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** Applies the planned faults, before the work or in place of its answer. */
export function misbehave(plan: FaultPlan, log: RequestLog): RequestHandler {
  return (request, response, next) => {
    const rule = plan.next(request.method, request.path);
    if (rule === undefined) return next();
    log.struck(response, `${rule.kind} ${rule.when ?? 'before'}`);
    if (rule.when === 'after') {
      insteadOfAnswer(response, (answer) => strike(rule, response, answer));
      return next();
    }
    strike(rule, response, next);
  };
}

/** Does `act` at the moment when the work is done and its answer would leave. */
export function insteadOfAnswer(response: Response, act: (answer: () => void) => void): void {
  const end = response.end.bind(response) as (...parts: unknown[]) => Response;
  response.end = ((...parts: unknown[]) => {
    act(() => end(...parts));
    return response;
  }) as Response['end'];
}

function strike(rule: FaultRule, response: Response, goOn: () => void): void {
  switch (rule.kind) {
    case 'rate_limit':
      return refuse(response, 429, { 'Retry-After': rule.retryAfter ?? '1' });
    case 'error':
      return refuse(response, rule.status ?? 500, {});
    case 'drop':
      response.socket?.destroy();
      return;
    case 'headers':
      for (const [name, value] of Object.entries(rule.headers ?? {})) response.setHeader(name, value);
      return goOn();
    case 'hang':
    case 'delay':
      if (rule.ms !== undefined) setTimeout(goOn, rule.ms);
  }
}

// Straight on the prototype's `end`, because the response's own may be the one that this fault replaces.
function refuse(response: Response, status: number, headers: Readonly<Record<string, string>>): void {
  const body = JSON.stringify({ schemas: [ERROR_SCHEMA], status: String(status), detail: 'Injected' });
  response.statusCode = status;
  response.removeHeader('ETag');
  const all = {
    'Content-Type': 'application/scim+json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  (Object.getPrototypeOf(response) as { end: (body: string) => void }).end.call(response, body);
}
