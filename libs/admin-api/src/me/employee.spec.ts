import { describe, expect, it } from '@jest/globals';
import { isSameOrigin } from './employee.js';

describe('isSameOrigin', () => {
  it.each<[Record<string, string>, boolean]>([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://tenure.example' }, true],
    [{ origin: 'https://tenure.example' }, true],
    [{}, false],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://tenure.example' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, false],
    [{ origin: 'https://evil.example' }, false],
    [{ origin: 'http://tenure.example' }, false],
    [{ origin: 'https://tenure.example.evil.example' }, false],
    [{ origin: 'null' }, false],
  ])('%j: %p', (headers, expected) => {
    expect(isSameOrigin(headers, 'https://tenure.example')).toBe(expected);
  });
});
