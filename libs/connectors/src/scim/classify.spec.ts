import { describe, expect, it } from '@jest/globals';
import type { ErrorClass } from '../errors.js';
import { classifyAnswer, classifyFailure } from './classify.js';
import type { ScimOperation } from './classify.js';

const NOW = new Date('2026-11-23T09:00:00.000Z');
const NONE = {};

describe('classifyAnswer', () => {
  const cases: [string, ScimOperation, number, Record<string, string>, unknown, ErrorClass][] = [
    ['refused credentials', 'create', 401, NONE, NONE, 'auth'],
    ['a missing right', 'update', 403, NONE, NONE, 'forbidden'],
    ['a 403 with Retry-After', 'update', 403, { 'retry-after': '60' }, NONE, 'rate_limited'],
    ['a 403 with an empty budget', 'read', 403, { 'x-ratelimit-remaining': '0' }, NONE, 'rate_limited'],
    ['Google’s 403', 'read', 403, NONE, { error: { code: 'userRateLimitExceeded' } }, 'rate_limited'],
    ['Salesforce’s 403', 'create', 403, NONE, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }], 'rate_limited'],
    ['a 429', 'create', 429, NONE, NONE, 'rate_limited'],
    ['an object that is gone', 'update', 404, NONE, NONE, 'not_found'],
    ['an object that is gone for good', 'read', 410, NONE, NONE, 'not_found'],
    ['a collection that is not there', 'create', 404, NONE, NONE, 'permanent'],
    ['a list that is not there', 'search', 404, NONE, NONE, 'permanent'],
    ['a duplicate', 'create', 409, NONE, { scimType: 'uniqueness' }, 'conflict'],
    ['a 409 that says no more', 'create', 409, NONE, NONE, 'conflict'],
    ['a duplicate told with 400', 'create', 400, NONE, { scimType: 'Uniqueness' }, 'conflict'],
    ['a value that is not accepted', 'update', 400, NONE, { scimType: 'invalidValue' }, 'invalid'],
    ['a body that is too large', 'members', 413, NONE, { scimType: 'tooMany' }, 'invalid'],
    ['an entity that is not accepted', 'create', 422, NONE, NONE, 'invalid'],
    ['a version that moved on', 'update', 412, NONE, NONE, 'precondition'],
    ['no such method', 'update', 405, NONE, NONE, 'unsupported'],
    ['no such feature', 'members', 501, NONE, NONE, 'unsupported'],
    ['a redirect', 'create', 301, NONE, NONE, 'permanent'],
    ['any other refusal', 'create', 402, NONE, NONE, 'permanent'],
    ['a failing server, on a read', 'read', 500, NONE, NONE, 'retryable'],
    ['a failing server, on a write', 'create', 500, NONE, NONE, 'outcome_unknown'],
    ['a failing gateway, on a delete', 'delete', 502, NONE, NONE, 'outcome_unknown'],
    ['a failing gateway, on members', 'members', 504, NONE, NONE, 'outcome_unknown'],
    ['a uniqueness told with 500, on a write', 'create', 500, NONE, { scimType: 'uniqueness' }, 'outcome_unknown'],
    ['an upstream time-out, on a write', 'update', 408, NONE, NONE, 'outcome_unknown'],
    ['an upstream time-out, on a read', 'search', 408, NONE, NONE, 'retryable'],
    ['a 200 that is a web page, on a read', 'search', 200, NONE, undefined, 'retryable'],
    ['a 201 without a body', 'create', 201, NONE, undefined, 'outcome_unknown'],
  ];

  it.each(cases)('%s (%s, %d)', (_, operation, status, headers, body, errorClass) => {
    expect(classifyAnswer(operation, { status, headers, body }, NOW).errorClass).toBe(errorClass);
  });

  it.each([
    ['2', 2_000],
    ['Mon, 23 Nov 2026 09:00:10 GMT', 10_000],
  ])('takes over Retry-After: %s', (header, retryAfterMs) => {
    const answer = { status: 429, headers: { 'retry-after': header }, body: undefined };
    expect(classifyAnswer('create', answer, NOW)).toMatchObject({ errorClass: 'rate_limited', retryAfterMs });
  });

  it('keeps a code, and never free text, which may name a person', () => {
    const code = (body: unknown) => classifyAnswer('create', { status: 400, headers: {}, body }, NOW).vendorCode;
    expect(code({ scimType: 'invalidValue', detail: 'ada@example.com' })).toBe('invalidValue');
    expect(code({ code: 'ada@example.com is taken' })).toBeUndefined();
    expect(code('plain text')).toBeUndefined();
  });
});

describe('classifyFailure', () => {
  it.each([
    ['create', true, 'outcome_unknown'],
    ['create', false, 'retryable'],
    ['members', true, 'outcome_unknown'],
    ['read', true, 'retryable'],
    ['search', true, 'retryable'],
  ] as const)('%s, sent %s: %s', (operation, sent, errorClass) => {
    expect(classifyFailure(operation, sent)).toBe(errorClass);
  });
});
