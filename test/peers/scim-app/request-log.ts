import type { RequestHandler, Response } from 'express';

/** One SCIM request that the app received. */
export interface Received {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly userAgent?: string;
  readonly userName?: string;
  readonly externalId?: string;
  readonly displayName?: string;
  readonly body: unknown;
  /** The fault that struck it. */
  fault?: string;
  /** What left as an answer; absent: nothing did. */
  status?: number;
}

/** Everything that was received, in order: the proof of "created once". */
export class RequestLog {
  private entries: Received[] = [];
  private readonly byResponse = new WeakMap<Response, Received>();

  all(): readonly Received[] {
    return this.entries;
  }

  clear(): void {
    this.entries = [];
  }

  struck(response: Response, fault: string): void {
    const entry = this.byResponse.get(response);
    if (entry) entry.fault = fault;
  }

  readonly middleware: RequestHandler = (request, response, next) => {
    const body = (request.body ?? {}) as Readonly<Record<string, unknown>>;
    const text = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined);
    const entry: Received = {
      at: new Date().toISOString(),
      method: request.method,
      path: request.path,
      query: request.url.split('?')[1] ?? '',
      userAgent: request.get('user-agent'),
      userName: text('userName'),
      externalId: text('externalId'),
      displayName: text('displayName'),
      body,
    };
    this.entries.push(entry);
    this.byResponse.set(response, entry);
    response.on('finish', () => (entry.status = response.statusCode));
    next();
  };
}
