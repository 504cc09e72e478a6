import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { answerMalformed } from './answer-malformed.js';

/** Express on an HTTP server that takes long filters, says in a door's own words what it cannot read, and ends in time. */
export class DoorAdapter extends ExpressAdapter {
  private readonly sockets = new Set<Socket>();
  private readonly answering = new Map<Socket, IncomingMessage>();

  override initHttpServer(): void {
    const options = { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS };
    const server = createServer(options, this.getInstance<RequestListener>());
    server.on('clientError', answerMalformed);
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.answering.set(request.socket, request);
      response.once('close', () => this.answering.delete(request.socket));
    });
    this.setHttpServer(server);
  }

  /** What is being answered may end. Half a request cannot hold the process: whoever sends it is cut off. */
  override async close(): Promise<void> {
    const server = this.getHttpServer() as Server;
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const timers = [
      setTimeout(() => this.cutOffHalfRequests(), HALF_REQUESTS_MS),
      setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS),
    ];
    await closed;
    for (const timer of timers) clearTimeout(timer);
  }

  private cutOffHalfRequests(): void {
    for (const socket of this.sockets) if (this.answering.get(socket)?.complete !== true) socket.destroy();
  }
}

/** Address and headers together; a filter is part of the address. */
const MAX_HEADER_BYTES = 64 * 1024;
/** A request, and its head, have so long (ms) to arrive. A file of 64 MB takes a while. */
const REQUEST_MS = 120_000;
const HEADERS_MS = 20_000;
/** How long (ms) a graceful stop waits for the rest of requests, and for answers; a supervisor waits 30 s for all. */
const HALF_REQUESTS_MS = 1_500;
const LAST_ANSWERS_MS = 8_000;
