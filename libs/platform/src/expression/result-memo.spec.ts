import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileExpression } from './compile-expression.js';
import { ExpressionError } from './expression-error.js';
import { CONDITION, VALUE } from './expression-fixtures.js';

const outcomeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof ExpressionError ? error.code : error;
  }
};

describe('an expression that remembers what it yielded', () => {
  const value = fc.constantFrom<unknown>('', 'a', 'b', 'ab', 'null', 'true', '1', 1, true, false, null, undefined, [
    'a',
  ]);
  const identity = fc.record(
    { department: value, country: value, isManager: value, level: value },
    { requiredKeys: [] },
  );

  it.each([
    ['identity.department == "a"', CONDITION],
    ['identity.department == identity.country', CONDITION],
    ['identity.isManager', CONDITION],
    ['identity.isManager || identity.department == "ab"', CONDITION],
    ['identity.department.startsWith("a")', CONDITION],
    ['identity.level == 1', CONDITION],
    ['identity.department + identity.country', VALUE],
    ['[identity.department, identity.country]', VALUE],
    ['identity.department == null ? "none" : identity.department', VALUE],
    ['"always"', VALUE],
  ])('yields for any values what one that was compiled for them alone yields: %s', (source, context) => {
    const kept = compileExpression(source, context);
    fc.assert(
      fc.property(identity, (person) => {
        const alone = outcomeOf(() => compileExpression(source, context).evaluate({ identity: person }));
        expect(outcomeOf(() => kept.evaluate({ identity: person }))).toEqual(alone);
        expect(outcomeOf(() => kept.evaluate({ identity: person }))).toEqual(alone);
      }),
      { seed: 20_261_124, numRuns: 300 },
    );
  });

  it('gives nobody a list that another can change', () => {
    const list = compileExpression('[identity.department]', VALUE);
    const first = list.evaluate({ identity: { department: 'a' } }) as string[];
    first.push('changed');
    expect(list.evaluate({ identity: { department: 'a' } })).toEqual(['a']);
  });

  it('stays right, and small, over more values than it keeps', () => {
    const same = compileExpression('identity.department == identity.country', CONDITION);
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 5_000; index++) {
        const country = index % 3 === 0 ? `d${index}` : 'x';
        expect(same.evaluate({ identity: { department: `d${index}`, country } })).toBe(index % 3 === 0);
      }
    }
  });
});
