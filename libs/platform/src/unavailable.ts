import { messageOf } from './errors.js';

/** SQLSTATE classes and codes, and Node's own, of a database that cannot be reached or is going down. */
const CODES = /^(08|57P0|53300|ECONNREFUSED|ECONNRESET|EPIPE)/;
const MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;

/** True when an error says that PostgreSQL is away: every door then answers 503, and the sender may try again. */
export function isUnavailable(error: unknown): boolean {
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : undefined;
  return (typeof code === 'string' && CODES.test(code)) || MESSAGES.test(messageOf(error));
}
