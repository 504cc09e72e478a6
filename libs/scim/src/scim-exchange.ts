import type { Request, Response } from 'express';
import type { Config } from '@tenure/platform';
import { readProjection } from './read-query.js';
import type { ScimCall } from './scim-call.js';
import type { ScimClient, ScimClients } from './scim-clients.js';
import { ScimError } from './scim-error.js';
import type { RequestLog } from './request-log.js';
import type { Values } from './read-value.js';

export interface Reply {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call, with the user whom the token speaks for. */
export interface ClientCall extends ScimCall {
  readonly recordId: string | null;
  readonly mayWrite: boolean;
}

/** What every request has in common: who asks, what for, and how it is answered and logged. */
export class ScimExchange {
  constructor(
    private readonly clients: ScimClients,
    private readonly requests: RequestLog,
    private readonly config: Config,
  ) {}

  get base(): string {
    return `${this.config.publicUrl}/scim/v2`;
  }

  async answer(
    request: Request,
    response: Response,
    needs: 'read' | 'write',
    work: (call: ClientCall, query: Values) => Promise<Reply>,
  ): Promise<void> {
    const client = await this.clientOf(request);
    this.requests.note(request, response, client.source);
    if (client.source.retiredAt !== null)
      throw new ScimError(403, 'This source was retired and says nothing any more.');
    if (needs === 'write' && client.scope !== 'write')
      throw new ScimError(403, 'This token may read only; use one that may write.');
    const query = onlyTexts(request.query);
    send(response, await work(this.callOf(request, client, query), query));
  }

  private callOf(request: Request, client: ScimClient, query: Values): ClientCall {
    const ifMatch = request.headers['if-match'];
    const ifNoneMatch = request.headers['if-none-match'];
    return {
      ...{ source: client.source, catalogue: client.catalogue, recordId: client.recordId },
      ...{ mayWrite: client.scope === 'write', base: this.base, projection: readProjection(query) },
      ...(ifMatch !== undefined && { ifMatch }),
      ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    };
  }

  private async clientOf(request: Request): Promise<ScimClient> {
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const client = token === undefined ? null : await this.clients.authenticate(token);
    if (client === null) throw new ScimError(401, 'Send the source’s token as "Authorization: Bearer <token>".');
    return client;
  }
}

function send(response: Response, { status, body, headers = {} }: Reply): void {
  response.status(status);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined) return void response.end();
  response.setHeader('Content-Type', 'application/scim+json').send(Buffer.from(JSON.stringify(body)));
}

/** Some clients add a "?" or "&" to the address, or parameters of their own: what is unknown is not asked for. */
const onlyTexts = (query: Values): Values =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => typeof value === 'string'));
