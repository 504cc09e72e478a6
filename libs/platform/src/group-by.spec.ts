import { describe, expect, it } from '@jest/globals';
import { groupBy } from './group-by.js';

describe('groupBy', () => {
  it('gathers rows by key, keys and rows in the order in which they came', () => {
    const groups = groupBy(['bob', 'ada', 'bea', 'al'], (name) => name.charAt(0));
    expect([...groups]).toEqual([
      ['b', ['bob', 'bea']],
      ['a', ['ada', 'al']],
    ]);
  });

  it('has no group without rows, and no surprise with keys of Object', () => {
    expect([...groupBy([], String)]).toEqual([]);
    expect(groupBy(['constructor', '__proto__'], String).get('constructor')).toEqual(['constructor']);
  });
});
