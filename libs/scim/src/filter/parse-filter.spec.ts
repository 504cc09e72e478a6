import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FilterFault, parseFilter, type Filter } from './parse-filter.js';

/** A filter as one readable text, every group in parentheses. */
function told(filter: Filter): string {
  switch (filter.kind) {
    case 'compare':
      return `${filter.path} ${filter.op} ${JSON.stringify(filter.value)}`;
    case 'present':
      return `${filter.path} pr`;
    case 'not':
      return `not(${told(filter.filter)})`;
    case 'valuePath':
      return `${filter.path}[${told(filter.filter)}]`;
    default:
      return `(${told(filter.left)} ${filter.kind} ${told(filter.right)})`;
  }
}

function faultOf(source: string): string {
  try {
    return told(parseFilter(source));
  } catch (error) {
    if (error instanceof FilterFault) return error.message;
    throw error;
  }
}

describe('parseFilter (RFC 7644 §3.4.2.2)', () => {
  it.each([
    ['userName eq "ada"', 'userName eq "ada"'],
    ['userName Eq "ada"', 'userName eq "ada"'],
    ['  userName   eq\t"ada"  ', 'userName eq "ada"'],
    ['title pr', 'title pr'],
    ['active eq true', 'active eq true'],
    ['active ne false', 'active ne false'],
    ['level ge 3', 'level ge 3'],
    ['level lt -1.5e3', 'level lt -1500'],
    ['manager eq null', 'manager eq null'],
    ['userName eq ""', 'userName eq ""'],
    ['name.familyName co "O\'Malley"', 'name.familyName co "O\'Malley"'],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
    ],
    ['userName eq "a\\"b\\\\c\\u00e9"', 'userName eq "a\\"b\\\\cé"'],
    ['userName eq "a) or (b"', 'userName eq "a) or (b"'],
    ['$ref ew "x"', '"$ref" is no attribute at position 0'],
    ['meta.lastModified gt "2011-05-13T04:42:34Z"', 'meta.lastModified gt "2011-05-13T04:42:34Z"'],
  ])('reads %s', (source, expected) => {
    expect(faultOf(source)).toBe(expected);
  });

  it.each([
    ['a pr and b pr or c pr', '((a pr and b pr) or c pr)'],
    ['a pr or b pr and c pr', '(a pr or (b pr and c pr))'],
    ['(a pr or b pr) and c pr', '((a pr or b pr) and c pr)'],
    ['a pr and b pr and c pr', '((a pr and b pr) and c pr)'],
    ['not (a pr) and b pr', '(not(a pr) and b pr)'],
    ['not(a pr or b pr)', 'not((a pr or b pr))'],
    ['a pr AND NOT (b pr) OR c pr', '((a pr and not(b pr)) or c pr)'],
    ['not (not (a pr))', 'not(not(a pr))'],
    ['((((a pr))))', 'a pr'],
  ])('gives "not" before "and" before "or": %s', (source, expected) => {
    expect(faultOf(source)).toBe(expected);
  });

  it.each([
    ['', 'An attribute is missing at position 0'],
    ['   ', 'An attribute is missing at position 3'],
    ['userName', 'An operator is missing at position 8'],
    ['userName eq', 'A value is missing at position 11'],
    ['userName is "ada"', '"is" is no operator at position 9'],
    ['userName eq ada', '"ada" is no value; write texts in double quotes at position 12'],
    ['userName eq "ada', 'A text is not closed at position 12'],
    ["userName eq 'ada'", '"\'ada\'" is no value; write texts in double quotes at position 12'],
    ['userName eq "ada" "b"', '""b"" is not expected at position 18'],
    ['userName eq "a" and', 'An attribute is missing at position 19'],
    ['and userName pr', '"userName" is no operator at position 4'],
    ['(userName pr', 'A ")" is missing at position 12'],
    ['userName pr)', '")" is not expected at position 11'],
    ['not userName pr', '"not" must be followed by "(" at position 4'],
    ['()', 'An attribute is missing at position 1'],
    ['userName eq {"a":1}', '"{" is no value; write texts in double quotes at position 12'],
    ['a[b pr', 'A "]" is missing at position 6'],
    ['a[b[c pr]]', 'A value path has no value path inside at position 2'],
    ['active eq True', '"True" is no value; write texts in double quotes at position 10'],
    ['1=1 or 2=2', '"1=1" is no attribute at position 0'],
    ['userName eq "a\\u0000"', 'A text cannot have the character U+0000 at position 12'],
    ['userName eq "\\x"', '""\\x"" is no value; write texts in double quotes at position 12'],
  ])('says what is wrong with %p, and where', (source, message) => {
    expect(faultOf(source)).toBe(message);
  });

  it.each([
    ['parentheses', `${'('.repeat(900)}a pr${')'.repeat(900)}`],
    ['negations', `${'not('.repeat(390)}a pr${')'.repeat(390)}`],
  ])('refuses hostile nesting of %s, and does not overflow', (_, source) => {
    expect(faultOf(source)).toMatch(/^A filter may be nested 32 deep at position \d+$/);
  });

  it('refuses what is longer than 10,000 characters, and takes long chains within that', () => {
    expect(faultOf(`userName eq "${'x'.repeat(10_000)}"`)).toBe('A filter may have 10000 characters at position 10000');
    expect(() => parseFilter(Array.from({ length: 1_100 }, () => 'a pr').join(' and '))).not.toThrow();
  });

  const SEED = { seed: 20_261_124 };
  const crumb = fc.constantFrom(
    '(',
    ')',
    'not',
    'and',
    'or',
    'pr',
    'eq',
    'sw',
    'userName',
    '"a"',
    '"',
    '\\',
    '1',
    'null',
    ' ',
    '  ',
    '\u0000',
    '.',
    '[',
    ']',
    '1e999',
    '-',
  );

  it('never throws anything but FilterFault, with a position inside the filter', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 60 }),
          fc.array(crumb, { maxLength: 40 }).map((parts) => parts.join(' ')),
          fc.array(crumb, { maxLength: 40 }).map((parts) => parts.join('')),
        ),
        (source) => {
          try {
            parseFilter(source);
          } catch (error) {
            expect(error).toBeInstanceOf(FilterFault);
            const { at } = error as FilterFault;
            expect(at).toBeGreaterThanOrEqual(0);
            expect(at).toBeLessThanOrEqual(source.length);
          }
        },
      ),
      { ...SEED, numRuns: 3_000 },
    );
  });

  const leaf = fc.oneof(
    fc.constantFrom('a pr', 'b.c pr'),
    fc
      .tuple(
        fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
        fc.string({ maxLength: 5 }).filter((text) => !text.includes('\u0000')),
      )
      .map(([op, text]) => `d ${op} ${JSON.stringify(text)}`),
  );
  const tree = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc
        .tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter'))
        .map(([left, word, right]) => `(${left} ${word} ${right})`),
      tie('filter').map((inner) => `not(${inner})`),
    ),
  })).filter;

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(tree, (source) => {
        fc.pre(source.length <= 10_000);
        expect(told(parseFilter(told(parseFilter(source))))).toBe(told(parseFilter(source)));
        expect(told(parseFilter(source))).toBe(source);
      }),
      { ...SEED, numRuns: 500 },
    );
  });
});
