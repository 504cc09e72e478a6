import { bindIdentity, type Identity } from '@tenure/identity';
import { ExpressionError, type CompiledExpression } from '@tenure/platform';

/** What a condition says of a person. `failed`: the person's values are odd, which a person must look at. */
export type Verdict = 'yes' | 'no' | 'failed';

type Bound = Pick<Identity, 'id' | 'state' | 'attributes' | 'managerId' | 'isManager'>;

/** A person whom conditions are asked about; bound for them once, and only when one must really be evaluated. */
export class Subject {
  private bound?: ReturnType<typeof bindIdentity>;

  constructor(private readonly identity: Bound) {}

  get bindings(): ReturnType<typeof bindIdentity> {
    return (this.bound ??= bindIdentity(this.identity));
  }
}

/** A condition that is asked of many people. */
export interface Condition {
  readonly source: string;
  readonly reads: ReadonlySet<string>;
  test(subject: Subject): Verdict;
}

/** A condition that was planned; the expression itself remembers what it yielded for the same values. */
export const conditionOf = (expression: CompiledExpression): Condition => ({
  source: expression.source,
  reads: expression.reads,
  test: (subject) => testCondition(expression, subject),
});

/** A condition that needs a value which the person does not have does not hold; one that fails is told apart. */
function testCondition(expression: CompiledExpression, subject: Subject): Verdict {
  try {
    return expression.evaluate(subject.bindings) === true ? 'yes' : 'no';
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.code === 'invalid') throw error;
    return error.code === 'no_value' ? 'no' : 'failed';
  }
}
