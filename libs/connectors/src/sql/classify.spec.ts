import { describe, expect, it } from '@jest/globals';
import type { ErrorClass } from '../errors.js';
import { classifyLostConnection, classifySqlState } from './classify.js';
import type { SqlOperation } from './classify.js';

describe('classifySqlState', () => {
  const cases: [string, string, SqlOperation, ErrorClass][] = [
    ['a wrong password', '28P01', 'read', 'auth'],
    ['a login that is not allowed', '28000', 'create', 'auth'],
    ['a missing right', '42501', 'update', 'forbidden'],
    ['a duplicate', '23505', 'create', 'conflict'],
    ['an excluded value', '23P01', 'update', 'conflict'],
    ['a missing value', '23502', 'create', 'invalid'],
    ['a value against a check', '23514', 'update', 'invalid'],
    ['a value that is too long', '22001', 'create', 'invalid'],
    ['a value that names nothing', '23503', 'create', 'invalid'],
    ['an account still in use', '23503', 'delete', 'precondition'],
    ['a member that is gone', '23503', 'members', 'not_found'],
    ['a trigger’s refusal', 'P0001', 'create', 'invalid'],
    ['a serialization failure', '40001', 'update', 'retryable'],
    ['a deadlock', '40P01', 'members', 'retryable'],
    ['a statement that took too long', '57014', 'create', 'retryable'],
    ['no connection left', '53300', 'create', 'retryable'],
    ['a server that starts', '57P03', 'create', 'retryable'],
    ['a standby', '25006', 'create', 'retryable'],
    ['a server that ends, on a write', '57P01', 'create', 'outcome_unknown'],
    ['a server that ends, on a read', '57P01', 'read', 'retryable'],
    ['a connection that broke, on a write', '08006', 'delete', 'outcome_unknown'],
    ['an unknown completion', '40003', 'update', 'outcome_unknown'],
    ['an internal error, on a write', 'XX000', 'update', 'outcome_unknown'],
    ['a missing feature', '0A000', 'create', 'unsupported'],
    ['an unknown table', '42P01', 'read', 'permanent'],
    ['an unknown column', '42703', 'create', 'permanent'],
    ['an unknown database', '3D000', 'read', 'permanent'],
  ];

  it.each(cases)('%s: %s on %s', (_, sqlState, operation, errorClass) => {
    expect(classifySqlState(operation, sqlState)).toBe(errorClass);
  });
});

describe('classifyLostConnection', () => {
  it.each([
    ['create', true, 'outcome_unknown'],
    ['create', false, 'retryable'],
    ['read', true, 'retryable'],
  ] as const)('%s, sent %s: %s', (operation, sent, errorClass) => {
    expect(classifyLostConnection(operation, sent)).toBe(errorClass);
  });
});
