import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/** One mistake in the input: where (a path into it) and what to do. */
export interface InputFault {
  readonly path: string;
  readonly message: string;
  /** Position inside an expression, 0-based. */
  readonly offset?: number;
  readonly suggestion?: string;
}

/** A text that may hold what a client sent, at a length that fits an answer and a log. */
export const shortened = (text: string, most = 500): string => (text.length > most ? `${text.slice(0, most)}…` : text);

const MOST_FAULTS = 100;

/** So many faults that a person reads them; the rest is counted. */
function capped(faults: readonly InputFault[]): readonly InputFault[] {
  const shown = faults.slice(0, MOST_FAULTS).map((fault) => ({
    ...fault,
    path: shortened(fault.path, 200),
    message: shortened(fault.message),
  }));
  const more = faults.length - shown.length;
  return more === 0 ? shown : [...shown, { path: '', message: `${more} more; mend these first.` }];
}

/** A refusal with a stable `code`: the caller's mistake, never a defect of ours. */
export class Refusal extends Error {
  readonly faults: readonly InputFault[];

  constructor(
    readonly code: ErrorCode,
    message: string,
    faults: readonly InputFault[] = [],
  ) {
    super(shortened(message, 1_000));
    this.faults = capped(faults);
    this.name = 'Refusal';
  }

  /** The HTTP status that belongs to the code. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
