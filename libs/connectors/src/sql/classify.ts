import type { ErrorClass } from '../errors.js';

/** What a statement does: the same SQLSTATE can mean different things to each. */
export type SqlOperation = 'read' | 'create' | 'update' | 'delete' | 'members';

type Rule = readonly [pattern: RegExp, errorClass: ErrorClass | ((operation: SqlOperation) => ErrorClass)];

const unlessRead =
  (errorClass: ErrorClass) =>
  (operation: SqlOperation): ErrorClass =>
    operation === 'read' ? 'retryable' : errorClass;

/** PostgreSQL's SQLSTATEs (appendix A of its manual), read from top to bottom: the first that matches decides. */
const RULES: readonly Rule[] = [
  [/^28/, 'auth'],
  [/^42501$/, 'forbidden'],
  [/^(23505|23P01)$/, 'conflict'],
  // A foreign key: the account or the role is gone, the account is still in use, or a value names nothing.
  [/^23503$/, (operation) => FOREIGN_KEY[operation]],
  [/^(22|23|P0001|54)/, 'invalid'],
  // A serialization failure, a deadlock, a lock or a statement that timed out: rolled back for certain.
  [/^(40001|40P01|55P03|57014)$/, 'retryable'],
  [/^40003$/, unlessRead('outcome_unknown')],
  // Not taken in at all: no connections left, starting up, or a standby just now.
  [/^(53|57P03|25006)/, 'retryable'],
  // The server or the connection ended with the statement under way.
  [/^(08|57P|58|XX)/, unlessRead('outcome_unknown')],
  [/^0A/, 'unsupported'],
  [/^55006$/, 'precondition'],
];

const FOREIGN_KEY: Readonly<Record<SqlOperation, ErrorClass>> = {
  read: 'permanent',
  create: 'invalid',
  update: 'invalid',
  delete: 'precondition',
  members: 'not_found',
};

/** The class of an error that the server reported. Unknown tables and columns are among what is `permanent`. */
export function classifySqlState(operation: SqlOperation, sqlState: string): ErrorClass {
  const found = RULES.find(([pattern]) => pattern.test(sqlState))?.[1] ?? 'permanent';
  return typeof found === 'function' ? found(operation) : found;
}

/** The class when the connection failed: a write that left may have been done. */
export function classifyLostConnection(operation: SqlOperation, sent: boolean): ErrorClass {
  return sent && operation !== 'read' ? 'outcome_unknown' : 'retryable';
}
