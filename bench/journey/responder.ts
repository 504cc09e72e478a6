import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The barest SCIM app: answers every create at once, knows nobody, and remembers when each userName came. */
const received = new Map<string, number>();
let next = 1;

const server = createServer((request, response) => {
  const at = performance.timeOrigin + performance.now();
  if (request.url === '/received') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify([...received]));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/scim+json');
    if (request.method !== 'POST') {
      response.end(
        '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}',
      );
      return;
    }
    const user = JSON.parse(Buffer.concat(chunks).toString()) as { userName: string };
    received.set(user.userName, at);
    response.statusCode = 201;
    response.end(JSON.stringify({ ...user, id: String(next++) }));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`));
