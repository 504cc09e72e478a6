import { isUnavailable, newId, type Log } from '@tenure/platform';
import {
  ConnectorError,
  REMEDIES,
  type Call,
  type ConnectorErrorDetail,
  type EndpointClass,
  type ErrorClass,
  type Exchange,
} from '@tenure/connectors';
import type { Failure } from './decide-retry.js';
import type { OperationKind } from '../evidence/operation.entity.js';
import type { PaceLane } from './pace-lane.js';
import { signalAfter } from './signal-after.js';

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

/** A try that is broken off and goes on later. It says nothing of the account. */
export class Postponed extends ConnectorError {
  constructor(
    errorClass: 'retryable' | 'rate_limited',
    message: string,
    detail: ConnectorErrorDetail,
    /** Calls of this try were made: what they did is not read back yet. */
    readonly midway: boolean,
  ) {
    super(errorClass, message, detail);
  }
}

/** No further call begins: writing was stopped, for the tenant or for the application. */
export class WritingStopped extends Postponed {
  constructor(midway: boolean) {
    super(
      'retryable',
      'No call may begin now: the tenant is stopped, the application is paused or under maintenance, or the account was taken out of the engine’s hands.',
      {},
      midway,
    );
  }
}

/** The call's turn would come too late for this try: the application's limits are used up. */
export class OutOfTurn extends Postponed {
  constructor(
    readonly afterMs: number,
    midway = false,
  ) {
    const message = 'The application’s limit is used up for now; the account waits for its turn.';
    super('rate_limited', message, { retryAfterMs: afterMs }, midway);
  }
}

/**
 * A defect of ours, or our own database away: it says nothing of the application, and feeds no quarantine. What a call did
 * before it is not known, so the account is looked at first.
 */
export class InternalFault extends Postponed {
  constructor(cause: unknown) {
    super('retryable', 'Something failed on our side; it was logged. The work is tried again.', { cause }, true);
  }

  /** The database is away: no try is counted for it. */
  get isOutage(): boolean {
    return isUnavailable(this.cause);
  }
}

/** Where nothing is known of limits. */
const UNLIMITED: PaceLane = { pace: () => Promise.resolve(), limits: () => undefined };
/** Left (ms) of a try, at least, when its call's turn comes; of a short try a quarter. */
const LEAST_FOR_A_CALL_MS = 1_000;
/** How long an application is left alone that says 429 and does not say for how long. */
export const DEFAULT_RATE_DELAY_MS = 5_000;

/** Anything that is thrown, classified; what is not a `ConnectorError` is a fault of ours, and not tried for ever. */
export const classify = (error: unknown): ConnectorError =>
  error instanceof ConnectorError ? error : new InternalFault(error);

/** Writes the cause of a fault of ours: beside the account stands only that there was one. */
export function logInternalFault(log: Log, error: ConnectorError, subject: Readonly<Record<string, string>>): void {
  if (error instanceof InternalFault) log.error({ event: 'provisioning.internal_fault', ...subject, err: error.cause });
}

/** The same, and whether calls were made before it. */
function asMidway(error: ConnectorError, midway: boolean): Postponed {
  if (error instanceof InternalFault) return error;
  if (error instanceof WritingStopped) return new WritingStopped(error.midway || midway);
  if (error instanceof OutOfTurn) return new OutOfTurn(error.afterMs, midway);
  return new Postponed('rate_limited', error.message, error.detail, midway);
}

export const failureOf = (error: ConnectorError): Failure => ({
  class: error.errorClass,
  ...(error.detail.retryAfterMs !== undefined && { retryAfterMs: error.detail.retryAfterMs }),
});

/** One try at one unit of work: its deadline, its idempotency keys, and the evidence that it gathers. */
export class Attempt {
  readonly operations: OperationRecord[] = [];
  readonly signal: AbortSignal;
  private readonly endsAt: number;
  private readonly lastTurnAt: number;
  private readonly made = new Map<OperationKind, number>();

  constructor(
    private readonly key: string,
    deadlineMs: number,
    private readonly now: () => Date,
    private readonly mayCall: () => Promise<boolean> = () => Promise.resolve(true),
    private readonly lane: PaceLane = UNLIMITED,
  ) {
    this.endsAt = performance.now() + deadlineMs;
    this.lastTurnAt = this.endsAt - Math.min(LEAST_FOR_A_CALL_MS, deadlineMs / 4);
    this.signal = signalAfter(deadlineMs);
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
        pace: (of) => this.turn(of, exchanges),
        limits: (hint) => this.lane.limits(hint),
      });
      keep('succeeded', null);
      return result;
    } catch (error) {
      const classified = this.settled(classify(error), exchanges);
      // What never left is not an operation; of a fault of ours it is not known.
      if (!(classified instanceof Postponed) || classified instanceof InternalFault || exchanges.length > 0)
        keep(classified.errorClass, REMEDIES[classified.errorClass]);
      throw classified;
    }
  }

  /** A try that is broken off says whether calls were made before; an application that says 429 is left alone by everybody. */
  private settled(error: ConnectorError, exchanges: readonly Exchange[]): ConnectorError {
    if (error instanceof Postponed) return asMidway(error, this.operations.length > 0 || exchanges.length > 0);
    if (error.errorClass !== 'rate_limited') return error;
    this.lane.limits({ waitMs: error.detail.retryAfterMs ?? DEFAULT_RATE_DELAY_MS });
    return asMidway(error, this.operations.length > 0 || exchanges.length > 1);
  }

  /** Waits for the turn of one exchange, and looks again whether it may still be made then. */
  private async turn(of: EndpointClass, exchanges: readonly Exchange[]): Promise<void> {
    await this.lane.pace(of, this.lastTurnAt);
    if (!(await this.mayCall())) throw new WritingStopped(this.operations.length + exchanges.length > 0);
  }

  /** The same on every retry for the same step; never the same for two calls of one try, which an app would take for one. */
  private idempotencyKey(kind: OperationKind): string {
    const nth = (this.made.get(kind) ?? 0) + 1;
    this.made.set(kind, nth);
    return nth === 1 ? `${this.key}:${kind}` : `${this.key}:${kind}:${nth}`;
  }
}
