import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkExpression } from './check-expression.js';
import { compileExpression } from './compile-expression.js';
import { ExpressionError } from './expression-error.js';
import { ADA, CONDITION, VALUE } from './expression-fixtures.js';

const NOBODY = Object.fromEntries(Object.keys(ADA).map((name) => [name, null]));
const evaluate = (source: string, identity: object, context = VALUE): unknown =>
  compileExpression(source, context).evaluate({ identity });
const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof ExpressionError ? error.code : error;
  }
};

describe('an evaluated expression', () => {
  it.each<[string, unknown]>([
    ['identity.department == "Engineering" && identity.country in ["DE", "FR"]', true],
    ['identity.startDate < "2026-06-01"', true],
    ['identity.groups.exists(g, g == "admins")', true],
    ['identity.custom.costCenter', 'CC-7'],
    ['identity.custom.seats + 1', 3],
    ['identity.custom.office.floor > 3', true],
    ['"costCenter" in identity.custom', true],
    ['identity.level + 1', 4],
    ['identity.fte * 2.0', 1],
    ['9007199254740993', '9007199254740993'],
    ['7u', 7],
    ['identity.groups.map(g, g + "@x")', ['staff@x', 'admins@x']],
    ['{"a": [1, null], 2: true}', { a: [1, null], '2': true }],
    ['timestamp(identity.startDate + "T00:00:00Z")', '2026-01-31T00:00:00.000Z'],
    ['duration("90s")', '90s'],
    ['b"abc"', 'YWJj'],
    ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$")', false],
  ])('%s', (source, expected) => expect(evaluate(source, ADA)).toEqual(expected));

  it('names the attributes that it reads, and only those', () => {
    const { reads } = compileExpression(
      'identity.department == "x" || has(identity.custom.y) || identity.groups.all(g, g == "z")',
      CONDITION,
    );
    expect([...reads].sort()).toEqual(['custom', 'department', 'groups']);
  });
});

describe('an attribute without a value', () => {
  it.each<[string, unknown]>([
    ['identity.department == "Sales"', false],
    ['identity.department != "Sales"', true],
    ['identity.department in ["Sales"]', false],
    ['identity.department == null', true],
    ['has(identity.department)', false],
    ['identity.level == 3', false],
    ['identity.custom.costCenter == "CC-7"', false],
    ['has(identity.custom.costCenter)', false],
    ['has(identity.department) && identity.department.startsWith("S")', false],
    ['identity.department.startsWith("S")', 'no_value'],
    ['identity.isManager && true', 'no_value'],
    ['identity.startDate < "2026-06-01"', 'no_value'],
    ['identity.groups.exists(g, g == "x")', 'no_value'],
    ['identity.custom.a.b == 1', 'no_value'],
    ['identity.custom.flag', 'no_value'],
  ])('%s', (source, expected) => {
    expect(codeOf(() => evaluate(source, NOBODY, CONDITION))).toBe(expected);
    expect(codeOf(() => evaluate(source, {}, CONDITION))).toBe(expected);
  });
});

describe('an expression that is a number', () => {
  const NUMBER = { ...VALUE, expects: 'number' } as const;

  it.each<[string, unknown]>([
    ['identity.level', 3],
    ['identity.fte', 0.5],
    ['7u', 7],
    ['identity.custom.seats', 2],
    ['similarity(identity.department, "ENGINEERING")', 1],
    ['similarity(identity.department, "Engeneering") > 0.9 ? 1 : 0', 1],
    ['identity.custom.costCenter', 'wrong_type'],
    ['identity.custom.nothing', 'no_value'],
    ['1.0 / 0.0', 'wrong_type'],
    ['9007199254740993', 'wrong_type'],
  ])('%s is %p', (source, expected) => {
    expect(codeOf(() => evaluate(source, ADA, NUMBER))).toBe(expected);
  });

  it('has no value where a name that is compared has none', () => {
    expect(codeOf(() => evaluate('similarity(identity.department, "Sales")', NOBODY, NUMBER))).toBe('no_value');
  });
});

describe('C19: one letter in two forms', () => {
  const [composed, apart] = ['Développement'.normalize('NFC'), 'Développement'.normalize('NFD')];
  it.each([composed, apart])('is the same in the text %j and the value', (written) => {
    for (const said of [composed, apart]) {
      const person = { ...ADA, department: said, groups: [said], custom: { [said]: said } };
      for (const source of [
        `identity.department == "${written}"`,
        `"${written}" in identity.groups`,
        `identity.custom["${written}"] == "${written}"`,
        `identity.department.startsWith("${written.slice(0, -8)}")`,
        `identity.department.matches("^${written}$")`,
      ])
        expect([source, evaluate(source, person, CONDITION)]).toEqual([source, true]);
    }
  });

  it('is kept in NFC in what an expression yields', () => {
    expect(evaluate(`identity.department + "${apart}"`, { ...ADA, department: apart }, VALUE)).toBe(
      composed + composed,
    );
  });
});

describe('an evaluation that fails', () => {
  it.each<[string, string, typeof VALUE]>([
    ['1 / (identity.level - 3) == 1', 'failed', CONDITION],
    ['identity.groups[5] == "x"', 'failed', CONDITION],
    ['identity.custom.costCenter', 'wrong_type', CONDITION],
    ['identity.department.matches("(" + identity.country)', 'failed', CONDITION],
    ['1.0 / 0.0', 'wrong_type', VALUE],
    ['identity.departmnt', 'invalid', VALUE],
  ])('%s is an ExpressionError: %s', (source, code, context) => {
    expect(codeOf(() => evaluate(source, ADA, context))).toBe(code);
  });

  it('says so for a list that is too long', () => {
    expect(codeOf(() => evaluate('identity.groups.size()', { groups: Array(1001).fill('g') }))).toBe('failed');
  });
});

describe('any string at all', () => {
  const word = fc.constantFrom(
    ...[
      'identity',
      '.department',
      '.level',
      '.groups',
      '.custom',
      '.x',
      '["y"]',
      ' == ',
      ' && ',
      ' ? ',
      ' : ',
      ' in ',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
    ],
    ...[
      '"s"',
      '3',
      '1.5',
      'null',
      'true',
      '!',
      '-',
      ' + ',
      ' < ',
      ',',
      '.exists(g, ',
      '.map(g, g',
      'has(',
      'size(',
      'dyn(',
      'g',
      '😀',
      '\n',
      "b'x'",
      '9223372036854775807',
    ],
  );
  const source = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(word, { maxLength: 14 }).map((words) => words.join('')),
  );

  it('is refused inside its bounds, or evaluates without throwing anything but ExpressionError', () => {
    fc.assert(
      fc.property(source, fc.constantFrom(ADA, NOBODY, {}), (text, identity) => {
        const faults = checkExpression(text, VALUE);
        for (const { offset, line, column } of faults) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThanOrEqual(text.length);
          expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
        }
        const outcome = codeOf(() => evaluate(text, identity));
        if (faults.length > 0) expect(outcome).toBe('invalid');
        expect(outcome).not.toBeInstanceOf(Error);
        expect(() => JSON.stringify(outcome)).not.toThrow();
      }),
      { numRuns: 3000 },
    );
  });
});
