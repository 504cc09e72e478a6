import { describe, expect, it } from '@jest/globals';
import { localPathOf } from './relay-state.js';

describe('a RelayState', () => {
  it.each(['/', '/me', '/me/apps?page=2#top', '/a//b', '/@ada', '/a,b:c(d)+e;f!*$g'])(
    '%s is a path of our own',
    (path) => expect(localPathOf(path)).toBe(path),
  );

  it.each([
    ['https://tenure.example/me?a=1', '/me?a=1'],
    ['https://tenure.example/', '/'],
    ['https://tenure.example//evil.example', null],
    ['https://tenure.example.evil/me', null],
    ['https://tenure.example@evil.example/', null],
    ['https://tenure.example', null],
    ['http://tenure.example/me', null],
    [`https://tenure.example/${'a'.repeat(80)}`, null],
  ])('S3: %s, beside an address of our own, is %s', (state, path) =>
    expect(localPathOf(state, 'https://tenure.example')).toBe(path),
  );

  it.each([
    ...[
      '',
      'me',
      '//evil.example',
      '/\\evil.example',
      '/\tevil',
      'https://evil.example/',
      'javascript:alert(1)',
      '/a\r\nSet-Cookie: x',
      '/a b',
      '/a\\b',
      '/é',
    ],
    ...[`/${'a'.repeat(80)}`, undefined, null, 7, ['/a'], { toString: () => '/a' }],
  ])('%j is not', (state) => expect(localPathOf(state)).toBeNull());
});
