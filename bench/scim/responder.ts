import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// Other SCIM servers of npm, each as its documentation shows it; installed by the benchmark beside the product.
const folder = process.env.PEERS ?? '';
const from = createRequire(join(folder, 'package.json'));

/** What a package gives by default, be it a module or CommonJS. */
async function load<T>(name: string): Promise<T> {
  const { default: given } = (await import(pathToFileURL(from.resolve(name)).href)) as { default: { default?: T } };
  return given.default ?? (given as T);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Resource {
  ingress(handler: (resource: { id?: string }, data: { id?: string }) => object): Resource;
  egress(handler: (resource: { id?: string }) => object): Resource;
}
interface Scimmy {
  readonly Resources: { declare(type: unknown): Resource; User: unknown };
}

/** scimmy-routers over a Map: nothing is durable. */
async function scimmy(): Promise<Handler> {
  const express = await load<() => Handler & { use(path: string, of: unknown): void }>('express');
  const SCIMMY = await load<Scimmy>('scimmy');
  const Routers = await load<new (options: object) => unknown>('scimmy-routers');
  const users = new Map<string, object>();
  SCIMMY.Resources.declare(SCIMMY.Resources.User)
    .ingress((_, data) => {
      const id = String(users.size + 1);
      const stored = { ...data, id };
      users.set(id, stored);
      return stored;
    })
    .egress(({ id }) => (id === undefined ? [...users.values()] : (users.get(id) ?? {})));
  const app = express();
  app.use('/scim/v2', new Routers({ type: 'bearer', handler: () => 'bench' }));
  return app;
}

type Jackson = (options: object) => Promise<{
  readonly directorySyncController: {
    readonly directories: { create(options: object): Promise<{ data: { id: string; scim: { secret: string } } }> };
    readonly requests: { handle(request: object): Promise<{ status: number; data: unknown }> };
  };
}>;

/** The directory sync of @boxyhq/saml-jackson over PostgreSQL. */
async function jackson(): Promise<Handler> {
  const start = await load<Jackson>('@boxyhq/saml-jackson');
  const { directorySyncController: sync } = await start({
    ...{
      externalUrl: 'http://127.0.0.1',
      samlPath: '/saml',
      oidcPath: '/oidc',
      scimPath: '/scim/v2.0',
      samlAudience: 'x',
    },
    db: { engine: 'sql', type: 'postgres', url: process.env.PEER_DATABASE_URL },
  });
  const { data } = await sync.directories.create({
    tenant: 'bench',
    product: 'bench',
    name: 'x',
    type: 'okta-scim-v2',
  });
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as object;
      const asked = {
        method: 'POST',
        body,
        directoryId: data.id,
        resourceType: 'users',
        apiSecret: data.scim.secret,
        query: {},
      };
      void sync.requests.handle(asked).then(({ status, data: answer }) => {
        response.writeHead(status, { 'content-type': 'application/scim+json' }).end(JSON.stringify(answer));
      });
    });
  };
}

const handler = await (process.env.PEER === 'jackson' ? jackson() : scimmy());
const server = createServer(handler).listen(0, '127.0.0.1', () => {
  process.stdout.write(`\nport ${(server.address() as AddressInfo).port}\n`);
});
