import { messageOf } from './errors.js';

/**
 * SQLSTATE classes and codes, and Node's own, of a database that cannot be reached, is going down, has no room, or did
 * not finish in the time that a statement (57014), a lock (55P03) or an idle transaction (25P03) has.
 */
const CODES = /^(08|57P0|57014|25P03|55P03|53|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE)/;
const MESSAGES =
  /Connection terminated|No place became free in time|timeout exceeded when trying to connect|Client has encountered a connection error|PostgreSQL did not answer in time/;

const codeOf = (error: unknown): string | undefined =>
  error !== null && typeof error === 'object' && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** True when an error says that PostgreSQL is away or busy: every door then answers 503, and the sender may try again. */
export function isUnavailable(error: unknown): boolean {
  return CODES.test(codeOf(error) ?? '') || MESSAGES.test(messageOf(error));
}

/** True when PostgreSQL refuses a value that a door let through: a text or date that it cannot keep, a key too long for an index. */
export const isUnstorable = (error: unknown): boolean => /^(22[0-9A-Z]{3}|54000)$/.test(codeOf(error) ?? '');
