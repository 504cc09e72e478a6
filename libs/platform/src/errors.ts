/** What kind of refusal it is; each door maps it to its own wire format. */
export type RefusalKind =
  'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'unprocessable' | 'too_large' | 'too_many';

/** One mistake in the input: where (a path into it) and what to do. */
export interface InputFault {
  readonly path: string;
  readonly message: string;
  /** Position inside an expression, 0-based. */
  readonly offset?: number;
  readonly suggestion?: string;
}

/** A refusal with a stable `code`: the caller's mistake, never a defect of ours. */
export class Refusal extends Error {
  constructor(
    readonly kind: RefusalKind,
    readonly code: string,
    message: string,
    readonly faults: readonly InputFault[] = [],
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
