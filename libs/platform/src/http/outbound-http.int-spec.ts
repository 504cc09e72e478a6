import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { AddressGuard } from './address-guard.js';
import type { HttpFailure } from './http-failure.js';
import { OutboundHttp, jsonOf } from './outbound-http.js';

type Responder = (request: IncomingMessage, response: ServerResponse) => void;

const RESPONDERS: Readonly<Record<string, Responder>> = {
  '/echo': (request, response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => response.end(JSON.stringify({ method: request.method, headers: request.headers, body })));
  },
  '/moved': (_, response) => response.writeHead(302, { location: '/echo' }).end(),
  '/plain': (_, response) => response.end('hello'),
  '/large': (_, response) => response.end('x'.repeat(20_000)),
  '/drop': (request) => request.socket.destroy(),
  '/half': (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.socket?.destroy());
  },
  '/hang': () => undefined,
};

describe('OutboundHttp', () => {
  const received: string[] = [];
  const http = new OutboundHttp({ guard: new AddressGuard(['127.0.0.0/8', '::1/128']), maxAnswerBytes: 10_000 });
  const strict = new OutboundHttp({ guard: new AddressGuard() });
  let server: Server;
  let base: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      received.push(request.url ?? '');
      RESPONDERS[new URL(request.url ?? '/', 'http://x').pathname]?.(request, response);
    });
    base = await listen(server);
  });

  afterAll(async () => {
    await Promise.all([http.close(), strict.close()]);
    server.closeAllConnections();
    server.close();
  });

  const failure = (client: OutboundHttp, url: string, signal?: AbortSignal) =>
    client.send({ method: 'POST', url, body: '{}', signal }).then(
      () => Promise.reject(new Error('expected a failure')),
      (error: unknown) => error as HttpFailure,
    );

  it('hands back status, headers, body and duration, and sends a User-Agent of its own', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await http.send({ method: 'PUT', url: `${base}/echo?a=b`, headers, body: 'ü' });
    expect(answer).toMatchObject({ status: 200, headers: { 'set-cookie': 'a=1, b=2' } });
    expect(answer.ms).toBeGreaterThan(0);
    expect(jsonOf(answer)).toMatchObject({ method: 'PUT', body: 'ü', headers: { 'user-agent': 'Tenure/0.1' } });
  });

  it('lets a request bring its own User-Agent, in any case', async () => {
    const answer = await http.send({ method: 'GET', url: `${base}/echo`, headers: { 'User-Agent': 'Other/1' } });
    expect(jsonOf(answer)).toMatchObject({ headers: { 'user-agent': 'Other/1' } });
  });

  it('never follows a redirect', async () => {
    const answer = await http.send({ method: 'GET', url: `${base}/moved` });
    expect(answer).toMatchObject({ status: 302, headers: { location: '/echo' } });
  });

  it('says undefined for a body that is not JSON', async () => {
    expect(jsonOf(await http.send({ method: 'GET', url: `${base}/plain` }))).toBeUndefined();
  });

  it.each([
    ['a connection dropped without an answer', '/drop', 'reset'],
    ['a connection dropped within the answer', '/half', 'reset'],
    ['an answer larger than allowed', '/large', 'too_large'],
  ])('reports %s as sent', async (_, path, reason) => {
    expect(await failure(http, base + path)).toMatchObject({ reason, sent: true });
  });

  it('gives up at the deadline, and says that the request had been sent', async () => {
    const startedAt = performance.now();
    expect(await failure(http, `${base}/hang`, AbortSignal.timeout(100))).toMatchObject({
      reason: 'timeout',
      sent: true,
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('sends nothing when the deadline has passed before', async () => {
    const before = received.length;
    expect(await failure(http, `${base}/echo`, AbortSignal.abort())).toMatchObject({ reason: 'aborted', sent: false });
    expect(received).toHaveLength(before);
  });

  it('gives up while still waiting for the TLS connection, and says that nothing was sent', async () => {
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => sockets.push(socket));
    const address = (await listen(silent)).replace('http:', 'https:');
    const deadline = AbortSignal.timeout(100);
    const failed = await failure(http, address, deadline);
    silent.close();
    sockets.forEach((socket) => socket.destroy());
    expect(failed).toMatchObject({ reason: 'timeout', sent: false });
  });

  it.each([
    ['a port nobody listens on', 'http://127.0.0.1:1/', 'refused'],
    ['a name that does not exist', 'http://nothing.invalid/', 'dns'],
    ['another scheme', 'ftp://127.0.0.1/', 'invalid_url'],
    ['no URL at all', 'nonsense', 'invalid_url'],
  ])('reports %s as not sent', async (_, url, reason) => {
    expect(await failure(http, url)).toMatchObject({ reason, sent: false });
  });

  it.each(['localhost', '127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]'])(
    'connects to no internal address: %s',
    async (host) => {
      const before = received.length;
      const { port } = new URL(base);
      const refused = await failure(strict, `http://${host}:${port}/echo`);
      expect(refused).toMatchObject({ reason: 'address_refused', sent: false });
      expect(received).toHaveLength(before);
    },
  );

  it('names neither path nor query in its failures', async () => {
    const { message } = await failure(http, `${base}/drop?filter=secret`);
    expect(message).not.toMatch(/drop|secret/);
  });
});

async function listen(server: { listen(port: number, host: string, done: () => void): unknown; address(): unknown }) {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
