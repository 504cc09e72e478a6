import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The barest SCIM app that remembers its users: answers after LATENCY_MS, knows nobody by a filter, and keeps when each
 * write came. `GET /writes` gives the times (ms), oldest first; `POST /forget` begins anew.
 */
const LATENCY_MS = Number(process.env.LATENCY_MS ?? 0);
const users = new Map<string, Record<string, unknown>>();
let writes: [id: string, at: number, active: boolean | null][] = [];
let next = 1;

interface Patch {
  readonly Operations?: readonly { readonly path?: string; readonly value?: unknown }[];
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/scim+json').end(JSON.stringify(body));
}

function write(request: IncomingMessage, response: ServerResponse, body: string, at: number): void {
  if (request.method === 'POST') {
    const id = `r${String(next++)}`;
    const user = { ...(JSON.parse(body) as Record<string, unknown>), id };
    users.set(id, user);
    writes.push([id, at, true]);
    return answer(response, 201, user);
  }
  const id = request.url?.split('/').at(-1) ?? '';
  const user = { active: true, ...users.get(id), id };
  let active: boolean | null = null;
  for (const { path, value } of (JSON.parse(body) as Patch).Operations ?? []) {
    if (path === undefined) Object.assign(user, value);
    else Object.assign(user, { [path]: value });
    if (path === 'active') active = value === true;
  }
  users.set(id, user);
  writes.push([id, at, active]);
  answer(response, 200, user);
}

const server = createServer((request, response) => {
  const at = performance.timeOrigin + performance.now();
  if (request.url === '/writes') return answer(response, 200, writes);
  if (request.url === '/count') return answer(response, 200, writes.length);
  if (request.url === '/forget') {
    writes = [];
    return answer(response, 200, {});
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const act = (): void => {
      if (request.method === 'POST' || request.method === 'PATCH')
        return write(request, response, Buffer.concat(chunks).toString(), at);
      const id = /\/Users\/([^/?]+)$/.exec(request.url ?? '')?.[1];
      // Whoever was loaded by the benchmark is there, and as it was left.
      if (id !== undefined) return answer(response, 200, { active: false, ...users.get(id), id });
      answer(response, 200, { totalResults: 0, Resources: [] });
    };
    if (LATENCY_MS > 0) setTimeout(act, LATENCY_MS);
    else act();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`));
