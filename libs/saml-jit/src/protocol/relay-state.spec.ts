import { describe, expect, it } from '@jest/globals';
import { localPathOf } from './relay-state.js';

describe('a RelayState', () => {
  it.each(['/', '/me', '/me/apps?page=2#top', '/a//b'])('%s is a path of our own', (path) =>
    expect(localPathOf(path)).toBe(path),
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
      '/@evil',
      '/é',
    ],
    ...[`/${'a'.repeat(80)}`, undefined, null, 7, ['/a'], { toString: () => '/a' }],
  ])('%j is not', (state) => expect(localPathOf(state)).toBeNull());
});
