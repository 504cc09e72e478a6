import type { Request, Response } from 'express';
import { ConcurrencyLimit, readBody, type Config } from '@tenure/platform';
import type { Catalogue } from '../schema/catalogue.js';
import { LIMITS } from '../protocol/limits.js';
import { FORM_BODY, JSON_BODY, takesBody } from './read-body.js';
import { withPlus } from '../query/read-filter-sign.js';
import { readParameters, readProjection } from '../query/read-query.js';
import type { RequestRates } from '../clients/request-rates.js';
import type { Reply, ScimCall } from '../resources/scim-call.js';
import type { ScimClient, ScimClients } from '../clients/scim-clients.js';
import { ScimError } from '../protocol/scim-error.js';
import { sourceNamed } from './source-base.js';
import type { RequestLog } from '../clients/request-log.js';
import type { Values } from '../schema/read-value.js';

/** A call, with the user whom the token speaks for. */
export interface ClientCall extends ScimCall {
  readonly recordId: string | null;
  readonly mayWrite: boolean;
}

/** What every request has in common: who asks, what for, and how it is answered and logged. */
export class ScimExchange {
  private readonly forms = new ConcurrencyLimit(
    { each: 20, total: 200 },
    'too_many_requests',
    'Too many token requests are being read; send this one again in a second.',
  );

  constructor(
    private readonly clients: ScimClients,
    private readonly requests: RequestLog,
    private readonly rates: RequestRates,
    private readonly config: Config,
  ) {}

  async answer(
    request: Request,
    response: Response,
    needs: 'read' | 'write',
    work: (call: ClientCall, query: Values) => Promise<Reply>,
    reach: 'all' | 'self' = 'all',
  ): Promise<void> {
    const client = await this.clientOf(request, response);
    this.requests.note(request, response, client.source);
    await this.rates.take(client);
    if (client.source.retiredAt !== null)
      throw new ScimError(403, 'This source was retired and says nothing any more.');
    if (reach === 'all' && client.recordId !== null)
      throw new ScimError(403, 'This token speaks for one user; it may call /Me, and nothing else.');
    if (needs === 'write' && client.scope !== 'write')
      throw new ScimError(403, 'This token may read only; use one that may write.');
    if (takesBody(request)) await readBody(JSON_BODY, request, response, LIMITS.names);
    const query = readParameters(withPlus(request.url, request.query));
    send(request, response, await work(this.callOf(request, response, client, query), query));
  }

  /** RFC 7644 §4: who may see what a server can do is the tenant's choice, source by source. */
  async describe(
    request: Request,
    response: Response,
    tell: (catalogue: Catalogue, base: string) => object,
  ): Promise<void> {
    const reply = (catalogue: Catalogue, { filter }: Values): Reply => {
      if (filter !== undefined) throw new ScimError(403, 'Discovery takes no filter.');
      return { status: 200, body: tell(catalogue, this.baseOf(response)) };
    };
    const sourceId = sourceNamed(response);
    const isAnybody = request.headers.authorization === undefined && sourceId !== undefined;
    const shown = isAnybody ? await this.clients.shownToAnybody(sourceId) : null;
    if (shown !== null) return send(request, response, reply(shown, request.query));
    return this.answer(
      request,
      response,
      'read',
      ({ catalogue }, query) => Promise.resolve(reply(catalogue, query)),
      'self',
    );
  }

  /** The form of OAuth clients, who have no token yet: small, and few at once from one address. */
  readForm(request: Request, response: Response): Promise<void> {
    return this.forms.run(request.ip ?? '', () => readBody(FORM_BODY, request, response));
  }

  private baseOf(response: Response): string {
    const sourceId = sourceNamed(response);
    return `${this.config.publicUrl}/scim/v2${sourceId === undefined ? '' : `/sources/${sourceId}`}`;
  }

  private callOf(request: Request, response: Response, client: ScimClient, query: Values): ClientCall {
    const ifMatch = request.headers['if-match'];
    const ifNoneMatch = request.headers['if-none-match'];
    return {
      ...{ source: client.source, catalogue: client.catalogue, recordId: client.recordId },
      ...{ mayWrite: client.scope === 'write', base: this.baseOf(response), projection: readProjection(query) },
      ...(ifMatch !== undefined && { ifMatch }),
      ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    };
  }

  private async clientOf(request: Request, response: Response): Promise<ScimClient> {
    const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    const client = token === undefined ? null : await this.clients.authenticate(token);
    if (client === null) throw new ScimError(401, 'Send the source’s token as "Authorization: Bearer <token>".');
    const sourceId = sourceNamed(response);
    if (sourceId !== undefined && sourceId !== client.source.id)
      throw new ScimError(401, 'The token is not one of the source that the address names.');
    return client;
  }
}

function send(request: Request, response: Response, { status, body, headers = {} }: Reply): void {
  response.status(status);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined) return void response.end();
  response.setHeader('Content-Type', mediaTypeFor(request)).send(Buffer.from(JSON.stringify(body)));
}

/** RFC 7644 §3.1, §8.1: SCIM's own media type, unless a client takes JSON and not that. */
export function mediaTypeFor({ headers: { accept = '' } }: Request): string {
  const isJsonOnly =
    /application\/json/i.test(accept) && !/\*\/\*|application\/\*|application\/scim\+json/i.test(accept);
  return isJsonOnly ? 'application/json' : 'application/scim+json';
}
