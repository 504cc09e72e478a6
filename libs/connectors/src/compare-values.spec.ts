import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sameValue } from './compare-values.js';
import type { AttributeValue } from './spi.js';

const UUID = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';

describe('C15: sameValue takes for the same', () => {
  it.each<[string, AttributeValue | undefined, AttributeValue | undefined]>([
    ['a number and its text', 101, '101'],
    ['a decimal and its text', 12.5, '12.50'],
    ['a value and its padding', 'Sales', 'Sales   '],
    ['spellings of a UUID', UUID.toUpperCase(), UUID],
    ['a UUID in braces', `{${UUID}}`, UUID],
    ['spellings of a moment', '2026-01-01T00:00:00Z', '2026-01-01 01:00:00+01'],
    ['a moment with and without fractions', '2026-01-01T00:00:00.000Z', '2026-01-01 00:00:00+00:00'],
    ['a boolean and its text', true, 'TRUE'],
    ['a boolean and its letter', false, 'f'],
    ['a boolean and its number', true, 1],
    ['Unicode forms', 'D\u00e9veloppement', 'De\u0301veloppement'],
    ['addresses in another case', 'Ada.Doe@Example.com', 'ada.doe@example.com'],
    ['nothing and nothing', null, ''],
    ['nothing and an empty list', undefined, []],
    ['lists in another order', ['a', 'b', 'b'], ['b', 'a']],
    ['a list of one and its only value', ['a'], 'a'],
  ])('%s', (_, a, b) => {
    expect([sameValue(a, b), sameValue(b, a)]).toEqual([true, true]);
  });

  it.each<[string, AttributeValue | undefined, AttributeValue | undefined]>([
    ['texts of digits that differ', '007', '7'],
    ['another case', 'Sales', 'sales'],
    ['a number and no number', 0, ''],
    ['false and nothing', false, null],
    ['a number and a word', 1, 'one'],
    ['true and two', true, 2],
    ['a boolean and a word', true, 'V'],
    ['moments', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'],
    ['a local time and a moment', '2026-01-01T00:00:00', '2026-01-01T00:00:00Z'],
    ['lists', ['a'], ['a', 'b']],
    ['texts that begin with blanks', ' a', 'a'],
    ['addresses', 'ada@example.com', 'ada@example.org'],
  ])('nothing else: %s', (_, a, b) => {
    expect([sameValue(a, b), sameValue(b, a)]).toEqual([false, false]);
  });

  it('another case where the attribute has none', () => {
    expect(sameValue('ADA', 'ada', { caseless: true })).toBe(true);
  });

  it('itself, and both ways round alike', () => {
    const value = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
    );
    fc.assert(
      fc.property(value, value, (a, b) => sameValue(a, a) && sameValue(a, b) === sameValue(b, a)),
      { seed: 20_261_201, numRuns: 1_000 },
    );
  });
});
