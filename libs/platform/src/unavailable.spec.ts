import { describe, expect, it } from '@jest/globals';
import { isUnavailable } from './unavailable.js';

const withCode = (code: string): Error => Object.assign(new Error('failed'), { code });

describe('isUnavailable', () => {
  it.each<[string, unknown, boolean]>([
    ['a refused connection', withCode('ECONNREFUSED'), true],
    ['a server that shuts down', withCode('57P01'), true],
    ['a server that recovers', withCode('57P03'), true],
    ['too many connections', withCode('53300'), true],
    ['a connection that broke', new Error('Connection terminated unexpectedly'), true],
    ['a mistake in SQL', withCode('42601'), false],
    ['a duplicate', withCode('23505'), false],
    ['any other error', new Error('no'), false],
    ['something that is no error', null, false],
  ])('%s', (_, error, expected) => {
    expect(isUnavailable(error)).toBe(expected);
  });
});
