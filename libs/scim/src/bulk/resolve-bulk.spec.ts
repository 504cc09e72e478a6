import { describe, expect, it } from '@jest/globals';
import { CORE_CATALOGUE } from '../schema/catalogue.js';
import { planWaves } from './plan-waves.js';
import { lacking, readBulk, withIds, type BulkOperation } from './resolve-bulk.js';

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const read = (Operations: unknown, more: object = {}) =>
  readBulk(CORE_CATALOGUE, { schemas: [BULK], Operations, ...more });

/** The operations of a request that has no faults. */
const operationsOf = (...given: object[]): BulkOperation[] =>
  read(given).entries.map((entry) => {
    if ('fault' in entry) throw entry.fault;
    return entry.operation;
  });
const create = (bulkId: string, more: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: bulkId, ...more },
});
const group = (bulkId: string, ...members: string[]) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: bulkId, members: members.map((value) => ({ value: `bulkId:${value}` })) },
});

describe('a bulk request (RFC 7644 §3.7)', () => {
  it('is read, with what each operation refers to', () => {
    const [post, put, remove] = operationsOf(
      group('g', 'u', 'v'),
      { method: 'put', path: 'Users/1', version: 'W/"2"', data: { manager: { value: 'bulkId:u' } } },
      { method: 'DELETE', path: '/Users/bulkId:v' },
    );
    expect(post).toMatchObject({ method: 'POST', bulkId: 'g', needs: ['u', 'v'] });
    expect(put).toMatchObject({ method: 'PUT', id: '1', version: 'W/"2"', needs: ['u'] });
    expect(remove).toMatchObject({ method: 'DELETE', id: 'bulkId:v', needs: ['v'] });
  });

  it.each<[string, unknown, string, object?]>([
    ['no list', {}, 'Operations must be a list'],
    ['no schema', [], 'must be a BulkRequest', { schemas: [] }],
    ['failOnErrors of 0', [], 'failOnErrors must be', { failOnErrors: 0 }],
  ])('is refused with %s', (_, operations, words, more = {}) => {
    expect(() => read(operations, more)).toThrow(words);
  });

  it.each([
    ['another method', { method: 'GET', path: '/Users' }, 'method must be'],
    ['an unknown type', { method: 'POST', path: '/Things', bulkId: 'x' }, 'path must be'],
    ['a PUT without an id', { method: 'PUT', path: '/Users', data: {} }, 'path must be'],
    ['a POST with an id', { method: 'POST', path: '/Users/1', bulkId: 'x', data: {} }, 'path must be'],
    ['a POST without a bulkId', { method: 'POST', path: '/Users', data: {} }, 'needs a bulkId'],
    ['no object', 'x', 'method must be'],
  ])('answers %s by itself', (_, operation, words) => {
    const { entries } = read([operation, create('a')]);
    expect(entries[0]).toMatchObject({ fault: { message: expect.stringContaining(words) } });
    expect(entries[1]).toMatchObject({ operation: { bulkId: 'a' } });
  });

  it('refuses the second of two creates with one bulkId', () => {
    const { entries } = read([create('a'), create('a')]);
    expect(entries.map((entry) => 'fault' in entry)).toEqual([false, true]);
  });

  it('puts ids in the place of references, and only there', () => {
    const ids = new Map([['u', '1']]);
    expect(withIds({ value: 'bulkId:u', other: 'see bulkId:u', path: 'members[value eq "bulkId:u"]' }, ids)).toEqual({
      value: '1',
      other: 'see bulkId:u',
      path: 'members[value eq "1"]',
    });
    expect(operationsOf(group('g', 'u', 'v')).map((operation) => lacking(operation, ids))).toEqual([['v']]);
  });
});

describe('the waves of a bulk request', () => {
  const wavesOf = (isOrdered: boolean, ...given: object[]) => planWaves(operationsOf(...given), isOrdered);

  it.each([
    ['what refers to nothing runs at once', [create('a'), create('b')], [[0, 1]]],
    ['a group after its members', [group('g', 'a', 'b'), create('a'), create('b')], [[1, 2], [0]]],
    [
      'a chain of managers',
      [create('a', { manager: 'bulkId:b' }), create('b', { manager: 'bulkId:c' }), create('c')],
      [[2], [1], [0]],
    ],
    ['a circle: users first', [group('g', 'a'), create('a', { note: 'bulkId:g' })], [[1], [0]]],
    [
      'two creates under one name in the client’s order',
      [create('a', { userName: 'Ada' }), create('b', { userName: 'ada' })],
      [[0], [1]],
    ],
    ['one method after another', [create('a'), { method: 'DELETE', path: '/Users/1' }, create('b')], [[0], [1], [2]]],
    [
      'two changes of one resource',
      [1, 2].map((title) => ({ method: 'PATCH', path: '/Users/1', data: { title } })),
      [[0], [1]],
    ],
  ])('%s', (_, operations, waves) => {
    expect(wavesOf(false, ...operations)).toEqual(waves);
  });

  it('of ordered operations depend on references only', () => {
    expect(wavesOf(true, create('a'), { method: 'DELETE', path: '/Users/1' }, create('b'))).toEqual([[0, 1, 2]]);
  });
});
