import { createServer, type RequestListener } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { answerMalformed } from './answer-malformed.js';

/** Express on an HTTP server that takes long filters, and says in a door's own words what it cannot read. */
export class DoorAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, this.getInstance<RequestListener>());
    this.setHttpServer(server.on('clientError', answerMalformed));
  }
}

/** Address and headers together; a filter is part of the address. */
const MAX_HEADER_BYTES = 64 * 1024;
