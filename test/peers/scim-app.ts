import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import express from 'express';
import type { RequestHandler } from 'express';
import SCIMMYRouters from 'scimmy-routers';
import { FaultPlan } from './scim-app/faults.js';
import type { FaultRule } from './scim-app/faults.js';
import { editByHand } from './scim-app/edit-by-hand.js';
import { misbehave } from './scim-app/misbehave.js';
import { oneAtATime } from './scim-app/one-at-a-time.js';
import { Peculiarities } from './scim-app/quirks.js';
import { RequestLog } from './scim-app/request-log.js';
import { declareResources } from './scim-app/resources.js';
import type { Search } from './scim-app/resources.js';
import { Store } from './scim-app/store.js';

export interface ScimAppOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  /** Keeps the users and groups over a restart. */
  readonly dataFile?: string;
}

export interface ScimApp {
  readonly port: number;
  /** What a SCIM client takes as its base URL. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

const BASE_PATH = '/scim/v2';

/** Starts the SCIM app in this process; scimmy's globals allow one per process. */
export async function startScimApp(options: ScimAppOptions): Promise<ScimApp> {
  const store = new Store(options.dataFile);
  const plan = new FaultPlan();
  const log = new RequestLog();
  const peculiarities = new Peculiarities(store);
  declareResources(store);

  const app = express();
  app.use(express.json({ type: ['application/scim+json', 'application/json'], limit: '10mb' }));
  app.use('/__control', control(store, plan, log, peculiarities));
  app.use(
    BASE_PATH,
    log.middleware,
    misbehave(plan, log),
    plainQuery,
    peculiarities.middleware,
    takePlainFilter,
    oneAtATime(),
    scim(options.token),
  );

  const server = await listening(app.listen(options.port, '127.0.0.1'));
  const { port } = server.address() as AddressInfo;
  return { port, baseUrl: `http://127.0.0.1:${port}${BASE_PATH}`, close: () => closed(server) };
}

function scim(token: string): SCIMMYRouters {
  return new SCIMMYRouters({
    type: 'bearer',
    handler: (request) => {
      if (request.get('authorization') !== `Bearer ${token}`) throw new Error('Authorization not accepted');
      return 'admin';
    },
    context: (request) => (request.res?.locals.search ?? {}) as Search,
  });
}

// Express reads the query anew each time it is asked for: whoever changes it needs one that stays.
const plainQuery: RequestHandler = (request, _, next) => {
  Object.defineProperty(request, 'query', { value: { ...request.query }, writable: true, configurable: true });
  next();
};

// scimmy's lexer ends a string at an escaped quote and searches everything in memory: what every provisioning client
// asks, `attribute eq "value"`, is answered from the store's index instead.
const takePlainFilter: RequestHandler = (request, response, next) => {
  const { filter } = request.query;
  const match = typeof filter === 'string' ? /^\s*(\w+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i.exec(filter) : null;
  if (match?.[1] && match[2]) {
    const search: Search = { attribute: match[1], value: JSON.parse(match[2]) as string };
    response.locals.search = search;
    delete request.query.filter;
  }
  next();
};

/** The door for tests and demos, apart from SCIM: faults, the log, the state. */
function control(store: Store, plan: FaultPlan, log: RequestLog, peculiarities: Peculiarities): express.Router {
  const router = express.Router();
  router.put('/quirks', (request, response) => {
    peculiarities.set(request.body as string[]);
    response.status(204).end();
  });
  router.post('/faults', (request, response) => {
    const rules = request.body as FaultRule | FaultRule[];
    plan.add(Array.isArray(rules) ? rules : [rules]);
    response.status(204).end();
  });
  router.delete('/faults', (_, response) => {
    plan.clear();
    response.status(204).end();
  });
  router.get('/log', (_, response) => response.json(log.all()));
  router.get('/state', (_, response) => response.json(store.state()));
  router.post('/reset', (_, response) => {
    plan.clear();
    log.clear();
    peculiarities.set([]);
    store.reset();
    response.status(204).end();
  });
  return editByHand(router, store);
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((done, fail) => server.once('listening', done).once('error', fail));
  return server;
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((finish) => server.close(() => finish()));
  server.closeAllConnections();
  await done;
}

async function main(): Promise<void> {
  const { SCIM_APP_PORT = '0', SCIM_APP_TOKEN, SCIM_APP_DATA } = process.env;
  if (!SCIM_APP_TOKEN) throw new Error('SCIM_APP_TOKEN is missing');
  const app = await startScimApp({ port: Number(SCIM_APP_PORT), token: SCIM_APP_TOKEN, dataFile: SCIM_APP_DATA });
  process.stdout.write(`${JSON.stringify({ event: 'listening', baseUrl: app.baseUrl })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
