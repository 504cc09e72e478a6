import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../protocol/limits.js';
import { readListQuery, readParameters, readSearch } from './read-query.js';

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const DEFAULT = { descending: false, startIndex: 1, count: LIMITS.defaultCount };

describe('parameters of a list (RFC 7644 §3.4.2)', () => {
  it.each([
    ['nothing', {}, DEFAULT],
    ['a filter', { filter: 'active eq true' }, { ...DEFAULT, filter: 'active eq true' }],
    ['an empty filter', { filter: ' ' }, DEFAULT],
    ['a page', { startIndex: '11', count: '5' }, { ...DEFAULT, startIndex: 11, count: 5 }],
    ['a page before the first (§3.4.2.4)', { startIndex: '0', count: '-1' }, { ...DEFAULT, startIndex: 1, count: 0 }],
    ['more than a page may have', { count: 1_000_000 }, { ...DEFAULT, count: LIMITS.maxCount }],
    ['a number that is none', { startIndex: 'x', count: '1.5' }, DEFAULT],
    ['an order', { sortBy: 'userName', sortOrder: 'Descending' }, { ...DEFAULT, sortBy: 'userName', descending: true }],
    ['the first page by cursor (RFC 9865)', { cursor: '' }, { ...DEFAULT, cursor: '' }],
  ])('%s', (_, given, query) => {
    expect(readListQuery(given)).toEqual(query);
  });

  it.each([
    ['a filter that is sent twice', { filter: ['a', 'b'] }, 'invalidFilter'],
    ['sortBy that is no text', { sortBy: {} }, 'invalidPath'],
    ['another order', { sortOrder: 'up' }, 'invalidValue'],
    ['a cursor with a count of 0', { cursor: '', count: '0' }, 'invalidCount'],
  ])('refuses %s', (_, given, scimType) => {
    expect(() => readListQuery(given)).toThrow(expect.objectContaining({ scimType }));
  });
});

describe('names of parameters', () => {
  it('have no case, and a client may have its own', () => {
    expect(readParameters({ Filter: 'x', STARTINDEX: '1', mine: 'y' })).toEqual({
      filter: 'x',
      startIndex: '1',
      mine: 'y',
    });
  });

  it.each([{ 'filter[]': 'x' }, { 'start-index': '1' }, { filter: 'x', FILTER: 'y' }])('%j is refused', (given) => {
    expect(() => readParameters(given)).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
  });
});

describe('a search (RFC 7644 §3.4.3)', () => {
  it('says that it is one, in any case', () => {
    const body = { schemas: [SEARCH.toUpperCase()], filter: 'x' };
    expect(readSearch(body)).toBe(body);
    expect(() => readSearch({ filter: 'x' })).toThrow('must be a SearchRequest');
  });
});
