import { describe, expect, it } from '@jest/globals';
import { checkExpression } from './check-expression.js';
import { countSteps } from './count-steps.js';
import { CONDITION } from './expression-fixtures.js';
import { parseExpression } from './parse-expression.js';
import { EXPRESSION_LIMITS } from './expression-schema.js';

/** Of lists of 100. */
function stepsOf(source: string): number {
  const parsed = parseExpression(source, EXPRESSION_LIMITS);
  if (Array.isArray(parsed)) throw new Error(parsed[0]?.message);
  return countSteps(parsed.expr, 100);
}
const LOOP = 'identity.groups.exists(g, g == "a")';
const EACH = 'identity.groups.exists(g, g in identity.groups)';

describe('countSteps', () => {
  it.each<[string, least: number, most: number]>([
    ['true', 1, 1],
    ['identity.department == "Sales"', 4, 6],
    ['identity.country in ["DE", "FR"]', 6, 12],
    ['"a" in identity.groups', 100, 110],
    [LOOP, 500, 1_200],
    [`${LOOP} || ${LOOP}`, 1_000, 2_400],
    ['["a", "b"].exists(g, g in identity.groups)', 200, 260],
    [EACH, 10_000, 12_000],
    ['identity.groups.filter(g, g != "a").exists(g, g == "b")', 1_000, 3_000],
    ['(identity.groups + identity.groups).exists(g, g == "a")', 1_000, 2_400],
    ['identity.department.matches("^a")', 20, 30],
  ])('of %s', (source, least, most) => {
    const steps = stepsOf(source);
    expect([source, steps >= least, steps <= most, steps]).toEqual([source, true, true, steps]);
  });

  it('grows with each loop by as much, and never with the person', () => {
    const loops = (count: number) => Array.from({ length: count }, () => LOOP).join(' || ');
    expect(stepsOf(loops(8)) - stepsOf(loops(7))).toBe(stepsOf(loops(2)) - stepsOf(loops(1)));
  });
});

describe('D4: an expression that is too dear', () => {
  it.each([EACH, Array.from({ length: 12 }, () => LOOP).join(' || '), `${EACH} ? true : false`])(
    '%s is refused when it is saved, with what to do',
    (source) => {
      expect(checkExpression(source, CONDITION)).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(/^This may take [\d,]+ steps for one person, more than 50,000: loop over/),
        }),
      ]);
    },
  );

  it.each([LOOP, `${LOOP} && ${LOOP}`, '["a", "b"].exists(g, g in identity.groups)', '"a" in identity.groups'])(
    '%s is not',
    (source) => {
      expect(checkExpression(source, CONDITION)).toEqual([]);
    },
  );
});
