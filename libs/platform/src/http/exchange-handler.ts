import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { givenUp, HttpFailure, httpFailure, sentence } from './http-failure.js';

/** What a peer answered. Redirects are answers too: nobody follows them. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the call to the last byte. */
  readonly ms: number;
}

/**
 * Follows one request through undici. `onRequestStart` comes when a connection exists and right before the first byte
 * is written: that moment, and nothing else, tells "never left" from "may have arrived".
 */
export class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpAnswer>;
  private readonly startedAt = performance.now();
  private readonly chunks: Buffer[] = [];
  private controller?: Dispatcher.DispatchController;
  private givenUp?: HttpFailure;
  private sent = false;
  private size = 0;
  private status = 0;
  private headers: Record<string, string> = {};
  private succeed!: (answer: HttpAnswer) => void;
  private fail!: (failure: HttpFailure) => void;

  constructor(
    private readonly host: string,
    private readonly maxBytes: number,
  ) {
    this.answer = new Promise((succeed, fail) => {
      this.succeed = succeed;
      this.fail = fail;
    });
  }

  /** Ends the request at once, also while it still waits for a connection. */
  giveUp(reason: unknown): void {
    this.givenUp = givenUp(this.host, this.sent, reason);
    this.fail(this.givenUp);
    this.controller?.abort(this.givenUp);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.givenUp) controller.abort(this.givenUp);
    else this.sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.headers = flat(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size <= this.maxBytes) {
      this.chunks.push(chunk);
      return;
    }
    const failure = new HttpFailure('too_large', true, sentence(this.host, 'too_large'));
    this.fail(failure);
    controller.abort(failure);
  }

  onResponseEnd(): void {
    const { status, headers } = this;
    const body = Buffer.concat(this.chunks).toString('utf8');
    this.succeed({ status, headers, body, ms: performance.now() - this.startedAt });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(httpFailure(this.host, this.sent, error));
  }
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}
