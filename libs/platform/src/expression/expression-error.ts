import type { ExpressionFault } from './expression-schema.js';

/**
 * `invalid`: it does not pass the check. `no_value`: an attribute that it needs has no value (a condition does not
 * hold then). `wrong_type`: the result is not what was expected. `failed`: anything else, such as a division by zero.
 */
export type ExpressionErrorCode = 'invalid' | 'no_value' | 'wrong_type' | 'failed';

/** The only error that compiling or evaluating an expression throws. Its message carries no attribute's value. */
export class ExpressionError extends Error {
  constructor(
    readonly code: ExpressionErrorCode,
    message: string,
    readonly faults: readonly ExpressionFault[] = [],
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'ExpressionError';
  }
}
