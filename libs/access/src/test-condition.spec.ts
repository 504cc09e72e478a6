import { describe, expect, it } from '@jest/globals';
import { IDENTITY_SCHEMA, type Person } from '@tenure/identity';
import { compileExpression, type CompiledExpression } from '@tenure/platform';
import { rememberingCondition, Subject } from './test-condition.js';

const somebody = (attributes: Person, isManager = false): Subject =>
  new Subject({ id: 'ada', state: 'active', attributes, managerId: null, isManager });

/** A condition, and how often it was evaluated. */
function counted(source: string): { test: (subject: Subject) => string; evaluations: () => number } {
  const compiled = compileExpression(source, { variables: IDENTITY_SCHEMA, expects: 'boolean' });
  let evaluations = 0;
  const counting: CompiledExpression = {
    ...compiled,
    evaluate: (bindings) => {
      evaluations += 1;
      return compiled.evaluate(bindings);
    },
  };
  const condition = rememberingCondition(counting);
  return { test: (subject) => condition.test(subject), evaluations: () => evaluations };
}

describe('a condition that remembers', () => {
  it('is evaluated once for the same values, and again for others', () => {
    const { test, evaluations } = counted('identity.department == "Sales" && identity.isManager');
    const people: [Person, boolean][] = [
      [{ department: 'Sales', title: 'a' }, true],
      [{ department: 'Sales', title: 'b' }, true],
      [{ department: 'Sales' }, false],
      [{ department: null }, true],
      [{}, true],
    ];
    expect(people.map(([attributes, isManager]) => test(somebody(attributes, isManager)))).toEqual([
      'yes', 'yes', 'no', 'no', 'no',
    ]); // prettier-ignore
    expect(evaluations()).toBe(3);
  });

  it('is evaluated for everybody where it reads what everybody has another of', () => {
    const { test, evaluations } = counted('identity.custom.level > 1');
    expect([1, 2, 2].map((level) => test(somebody({ custom: { level } })))).toEqual(['no', 'yes', 'yes']);
    expect(evaluations()).toBe(3);
  });

  it('is evaluated once where it reads nothing', () => {
    const { test, evaluations } = counted('true');
    expect([test(somebody({})), test(somebody({ department: 'x' }))]).toEqual(['yes', 'yes']);
    expect(evaluations()).toBe(1);
  });
});
