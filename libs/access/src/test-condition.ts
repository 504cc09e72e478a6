import { ExpressionError, type CompiledExpression, type ExpressionBindings } from '@tenure/platform';

/** What a condition says of a person. `failed`: the person's values are odd, which a person must look at. */
export type Verdict = 'yes' | 'no' | 'failed';

/** A condition that is asked of many people. */
export interface Condition {
  readonly source: string;
  readonly reads: ReadonlySet<string>;
  test(bindings: { readonly identity: Readonly<Record<string, unknown>> }): Verdict;
}

const REMEMBERED = 10_000;
const MAX_KEYS = 3;

/**
 * A condition that remembers its verdicts by the values that it reads: a company has few departments, and looking up costs
 * a tenth of an evaluation. Not for what is different for everybody, and not for lists and maps.
 */
export function rememberingCondition(expression: CompiledExpression): Condition {
  const { source, reads } = expression;
  const names = [...reads];
  const verdicts = new Map<unknown, Verdict>();
  const keyed = names.length <= MAX_KEYS && !names.some((name) => UNIQUE_OR_LARGE.has(name));
  return {
    source,
    reads,
    test: (bindings) => {
      if (!keyed) return testCondition(expression, bindings);
      const key = keyOf(names, bindings.identity);
      const known = verdicts.get(key);
      if (known !== undefined) return known;
      const verdict = testCondition(expression, bindings);
      if (verdicts.size >= REMEMBERED) verdicts.clear();
      verdicts.set(key, verdict);
      return verdict;
    },
  };
}

const UNIQUE_OR_LARGE: ReadonlySet<string> = new Set([
  'id', 'userName', 'email', 'displayName', 'employeeNumber', 'groups', 'custom',
]); // prettier-ignore

const keyOf = ([first, ...rest]: readonly string[], identity: Readonly<Record<string, unknown>>): unknown =>
  first === undefined
    ? ''
    : rest.length === 0
      ? (identity[first] ?? null)
      : JSON.stringify([identity[first] ?? null, ...rest.map((name) => identity[name] ?? null)]);

/** A condition that needs a value which the person does not have does not hold; one that fails is told apart. */
export function testCondition(expression: CompiledExpression, bindings: ExpressionBindings): Verdict {
  try {
    return expression.evaluate(bindings) === true ? 'yes' : 'no';
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.code === 'invalid') throw error;
    return error.code === 'no_value' ? 'no' : 'failed';
  }
}
