import type { Call, Exchange } from '../spi.js';

const PATIENCE_MS = 10_000;
let made = 0;

/** A `Call` that keeps the evidence which the connector records. */
export interface RecordedCall extends Call {
  readonly exchanges: readonly Exchange[];
}

/** A call with a deadline and a key of its own. */
export function recordedCall(deadlineMs: number = PATIENCE_MS): RecordedCall {
  const exchanges: Exchange[] = [];
  made += 1;
  return {
    signal: AbortSignal.timeout(deadlineMs),
    idempotencyKey: `contract-${made}`,
    record: (exchange) => exchanges.push(exchange),
    exchanges,
  };
}
