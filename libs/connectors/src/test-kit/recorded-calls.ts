import type { Call, EndpointClass, Exchange, RateHint } from '../spi.js';

const PATIENCE_MS = 10_000;
let made = 0;

/** A `Call` that keeps what the connector records, asks and tells. */
export interface RecordedCall extends Call {
  readonly exchanges: readonly Exchange[];
  readonly paced: readonly EndpointClass[];
  readonly hints: readonly RateHint[];
}

/** A call with a deadline and a key of its own. */
export function recordedCall(deadlineMs: number = PATIENCE_MS): RecordedCall {
  const exchanges: Exchange[] = [];
  const paced: EndpointClass[] = [];
  const hints: RateHint[] = [];
  made += 1;
  return {
    signal: AbortSignal.timeout(deadlineMs),
    idempotencyKey: `contract-${made}`,
    record: (exchange) => exchanges.push(exchange),
    pace: (of) => Promise.resolve(void paced.push(of)),
    limits: (hint) => void hints.push(hint),
    exchanges,
    paced,
    hints,
  };
}
