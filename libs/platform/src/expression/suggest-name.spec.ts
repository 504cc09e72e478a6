import { describe, expect, it } from '@jest/globals';
import { suggestName } from './suggest-name.js';

describe('suggestName', () => {
  const KNOWN = ['title', 'department', 'email', 'startsWith', 'csv'];

  it.each([
    ['titel', 'title'],
    ['emial', 'email'],
    ['departmnt', 'department'],
    ['Department', 'department'],
    ['startWith', 'startsWith'],
    ['csw', 'csv'],
    ['hr', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('for %p is %p', (typed, meant) => {
    expect(suggestName(typed, KNOWN)).toBe(meant);
  });
});
