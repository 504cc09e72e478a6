import { describe, expect, it } from '@jest/globals';
import { checkExpression } from './check-expression.js';
import { CONDITION, VALUE } from './expression-fixtures.js';

const nested = (depth: number): string => '('.repeat(depth) + 'true' + ')'.repeat(depth);

describe('checkExpression accepts', () => {
  it.each([
    'identity.department == "Sales"',
    'identity.department == "Engineering" && identity.country in ["DE", "FR"]',
    'identity["department"] != null',
    'identity.isManager && !identity.department.startsWith("S")',
    'identity.startDate < "2026-06-01"',
    'identity.groups.exists(g, g == "admins" || g.endsWith("-leads"))',
    'identity.groups.filter(g, g.startsWith("a")).size() > 1',
    'identity.custom.anything == 3 || identity.custom.deep.down == "x"',
    'has(identity.department) ? identity.level > 3 : identity.fte >= 0.5',
    'identity.level == 3.0',
    '"a" in identity.custom',
    'identity.custom.flag',
    'timestamp(identity.startDate + "T00:00:00Z") + duration("24h") > timestamp("2026-01-01T00:00:00Z")',
    'identity.department.matches("^(a+)+$")',
    'type(identity.level) == int',
  ])('%s', (source) => expect(checkExpression(source, CONDITION)).toEqual([]));

  it.each([
    'identity.department + "-" + string(identity.level)',
    'identity.groups.map(g, g + "@x")',
    '{"a": [1, 2]}',
    'null',
  ])('the value %s', (source) => expect(checkExpression(source, VALUE)).toEqual([]));
});

describe('checkExpression, where a number is expected,', () => {
  const NUMBER = { ...CONDITION, expects: 'number' } as const;

  it.each([
    'identity.level',
    '0.5',
    '7u',
    'identity.custom.score',
    'identity.level == 3 ? 1 : 0.5',
    'similarity(identity.department, identity.country)',
    '0.6 * similarity(identity.department, "Sales") + (identity.country == "DE" ? 0.4 : 0.0)',
  ])('accepts %s', (source) => expect(checkExpression(source, NUMBER)).toEqual([]));

  it.each([
    ['identity.department', 0, 'This must be a number, but this is a string.', undefined],
    ['identity.isManager', 0, 'This must be a number, but this is a bool.', undefined],
    ['similarity(identity.level, "3")', 0, '"similarity" does not work on int and string.', undefined],
    ['similarity(identity.department)', 0, '"similarity" does not work on string.', undefined],
    ['similarty(identity.department, "a")', 0, 'There is no function "similarty".', 'similarity'],
    ['0.5 * 1', 4, '"*" does not work on double and int.', undefined],
  ])('refuses %s', (source, offset, message, suggestion) => {
    const [fault] = checkExpression(source, NUMBER);
    expect(fault).toMatchObject({ message });
    expect(fault?.suggestion).toBe(suggestion);
    expect(fault?.offset).toBe(offset);
  });
});

describe('checkExpression refuses, with the place and the name that was meant', () => {
  it.each<[string, string, number, string | RegExp, string?]>([
    ['a mistyped attribute', 'identity.departmnt == "Sales"', 9, 'There is no attribute "departmnt".', 'department'],
    ['one behind &&', 'false && identity.contry == "DE"', 18, /contry/, 'country'],
    ['one behind ?:', 'true ? true : identity.isManger', 23, /isManger/, 'isManager'],
    ['one in has()', 'has(identity.typo)', 13, /typo/],
    ['one in an index', 'identity["departmint"] == "x"', 10, /departmint/, 'department'],
    ['one inside a loop', 'identity.groups.all(g, false && g == identity.levl)', 46, /levl/, 'level'],
    ['an unknown variable', 'identty.department == "x"', 0, 'There is no variable "identty".', 'identity'],
    ['an attribute without its variable', 'department == "x"', 0, /variable "department"/, 'identity.department'],
    ['an unknown function', 'identity.department.startWith("S")', 20, /function "startWith"/, 'startsWith'],
    ['a string compared with a number', 'identity.startDate == 3', 19, 'A string is never equal to a int.'],
    ['a number compared with a string', 'identity.level == "2"', 15, /never equal/],
    ['two constants of different types', '1 == "2"', 2, /never equal/],
    ['a string among numbers', 'identity.department in [1, 2]', 20, /never equal/],
    ['a list in place of a value', 'identity.groups == "admins"', 16, 'A list<string> is never equal to a string.'],
    ['an operator on the wrong types', 'identity.department > 3', 20, '">" does not work on string and int.'],
    ['arithmetic on a condition', 'identity.isManager + 1 > 2', 19, /does not work/],
    ['&& on a string', 'identity.department && true', 8, 'This must be true or false, but is a string.'],
    ['a function on the wrong type', 'identity.level.startsWith("3")', 14, /does not work on int and string/],
    [
      'a result that is no condition',
      'identity.department',
      0,
      'A condition must be true or false, but this is a string.',
    ],
    ['the whole object as a value', 'identity == null', 0, /Name one of its attributes/],
    ['a computed attribute name', 'identity[identity.country] == "x"', 8, /literal string/],
    ['an attribute of a string', 'identity.department.name == "x"', 19, 'A string has no attribute "name".'],
    ['a loop over a string', 'identity.department.all(c, true)', 19, 'A string cannot be looped over.'],
    [
      'a loop inside a loop',
      'identity.groups.all(a, identity.groups.all(b, a == b))',
      38,
      'A loop may not stand inside a loop.',
    ],
    ['a message', 'google.protobuf.Value{} == null', 0, /There is no type/],
    ['a broken end', 'identity.department ==', 20, /Not an expression/],
    ['nothing', '', 0, /Not an expression/],
    ['too much', 'x'.repeat(2001), 2000, 'An expression has at most 2000 characters.'],
    ['too many brackets', nested(41), 40, 'Brackets are nested too deeply.'],
    ['too deep a tree', `identity.custom${'.a'.repeat(200)} == 1`, 159, /nested too deeply/],
    ['a prototype’s name', 'identity.constructor == "x"', 9, /constructor/],
  ])('%s', (_, ...[source, offset, message, suggestion]) => {
    const [fault] = checkExpression(source, CONDITION);
    expect(fault).toMatchObject({ offset });
    expect(fault?.message).toMatch(message);
    expect(fault?.suggestion).toBe(suggestion);
  });

  it('all mistakes at once, in the order of the source', () => {
    const faults = checkExpression('identity.a1b2c3 == "x" ||\n  identity.level == "2"', CONDITION);
    expect(faults.map(({ line, column }) => [line, column])).toEqual([
      [1, 10],
      [2, 18],
    ]);
  });
});

describe('D3: a literal regular expression that can never be used', () => {
  it.each([
    ['identity.department.matches("(")', 28],
    ['identity.department.matches("(((a{1000}){1000}){1000})")', 28],
    ['identity.country == "DE" || identity.department.matches("[z-a]")', 56],
    ['identity.groups.exists(g, g.matches("a{2,1}"))', 36],
  ])('%s is refused where it stands', (source, offset) => {
    expect(checkExpression(source, CONDITION)).toMatchObject([
      { message: expect.stringContaining('regular expression'), offset },
    ]);
  });

  it.each(['identity.department.matches("^a{2,10}$")', 'identity.department.matches(identity.country)'])(
    '%s is accepted',
    (source) => expect(checkExpression(source, CONDITION)).toEqual([]),
  );
});
