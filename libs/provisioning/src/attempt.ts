import { newId } from '@tenure/platform';
import { ConnectorError, REMEDIES, type Call, type ErrorClass, type Exchange } from '@tenure/connectors';
import type { Failure } from './decide-retry.js';
import type { OperationKind } from './operation.entity.js';

/** One operation as it will be kept. */
export interface OperationRecord {
  readonly id: string;
  readonly at: Date;
  readonly kind: OperationKind;
  readonly outcome: 'succeeded' | ErrorClass;
  readonly diff: unknown;
  readonly exchanges: readonly Exchange[];
  readonly remedy: string | null;
  readonly ms: number;
}

/** No further call begins: writing was stopped for the tenant. It says nothing of the account nor of the application. */
export class WritingStopped extends ConnectorError {
  constructor(
    /** Calls of this try were made: what they did is not read back yet. */
    readonly midway: boolean,
  ) {
    super('retryable', 'Writing is stopped for this tenant; it goes on when an admin resumes it.');
  }
}

/** Anything that a connector throws, classified; what is not a `ConnectorError` is a defect, and not tried for ever. */
export const classify = (error: unknown): ConnectorError =>
  error instanceof ConnectorError
    ? error
    : new ConnectorError('retryable', 'The connector failed unexpectedly.', { cause: error });

export const failureOf = (error: ConnectorError): Failure => ({
  class: error.errorClass,
  ...(error.detail.retryAfterMs !== undefined && { retryAfterMs: error.detail.retryAfterMs }),
});

/** One try at one unit of work: its deadline, its idempotency keys, and the evidence that it gathers. */
export class Attempt {
  readonly operations: OperationRecord[] = [];
  readonly signal: AbortSignal;
  private readonly endsAt: number;
  private readonly made = new Map<OperationKind, number>();

  constructor(
    private readonly key: string,
    deadlineMs: number,
    private readonly now: () => Date,
    private readonly mayCall: () => Promise<boolean> = () => Promise.resolve(true),
  ) {
    this.endsAt = performance.now() + deadlineMs;
    this.signal = AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs)));
  }

  /** Makes one call and keeps its evidence, whether it succeeds or not. */
  async run<T>(kind: OperationKind, diff: unknown, call: (call: Call) => Promise<T>): Promise<T> {
    if (!(await this.mayCall())) throw new WritingStopped(this.operations.length > 0);
    // A process that was suspended goes on before its timers ring: others may have the account by now.
    if (performance.now() >= this.endsAt) throw new ConnectorError('retryable', 'No time was left for another call.');
    const exchanges: Exchange[] = [];
    const began = performance.now();
    const keep = (outcome: OperationRecord['outcome'], remedy: string | null): void => {
      this.operations.push({
        id: newId(),
        at: this.now(),
        kind,
        outcome,
        diff,
        exchanges,
        remedy,
        ms: Math.round(performance.now() - began),
      });
    };
    try {
      const result = await call({
        signal: this.signal,
        idempotencyKey: this.idempotencyKey(kind),
        record: (exchange) => exchanges.push(exchange),
      });
      keep('succeeded', null);
      return result;
    } catch (error) {
      const classified = classify(error);
      keep(classified.errorClass, REMEDIES[classified.errorClass]);
      throw classified;
    }
  }

  /** The same on every retry for the same step; never the same for two calls of one try, which an app would take for one. */
  private idempotencyKey(kind: OperationKind): string {
    const nth = (this.made.get(kind) ?? 0) + 1;
    this.made.set(kind, nth);
    return nth === 1 ? `${this.key}:${kind}` : `${this.key}:${kind}:${nth}`;
  }
}
