import type { WorkError } from '@tenure/applications';
import { ConnectorError, REMEDIES } from '@tenure/connectors';

/** An error as shown beside the account. */
export const workError = (error: ConnectorError, now: Date): WorkError => ({
  class: error.errorClass,
  message: error.message,
  remedy: REMEDIES[error.errorClass],
  at: now.toISOString(),
});

/** What was written is not what is read back: the application may still be at it, so it is looked at again after that. */
export class NotAsWritten extends ConnectorError {
  constructor(message: string, settleMs: number) {
    super('precondition', message, { retryAfterMs: settleMs });
  }
}

/**
 * The account does not read, and was there before. An application may show late what was written, so that is believed when it is
 * still so after the time that the application takes.
 */
export class NotSeen extends ConnectorError {
  constructor(settleMs: number) {
    super('not_found', 'The application does not show the account; it is looked for again before that is believed.', {
      retryAfterMs: settleMs,
    });
  }
}
