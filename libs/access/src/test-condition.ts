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

  value(name: string): unknown {
    const own = this.identity as Readonly<Record<string, unknown>>;
    return (OWN.has(name) ? own[name] : (this.identity.attributes as Readonly<Record<string, unknown>>)[name]) ?? null;
  }
}

const OWN: ReadonlySet<string> = new Set(['id', 'state', 'managerId', 'isManager']);

/** A condition that is asked of many people. */
export interface Condition {
  readonly source: string;
  readonly reads: ReadonlySet<string>;
  test(subject: Subject): Verdict;
}

const REMEMBERED = 10_000;
const MAX_KEYS = 3;
const UNIQUE_OR_LARGE: ReadonlySet<string> = new Set([
  'id', 'userName', 'email', 'displayName', 'employeeNumber', 'groups', 'custom',
]); // prettier-ignore

/**
 * A condition that remembers its verdicts by the values that it reads: a company has few departments, and looking up costs
 * a tenth of an evaluation. Not for what is different for everybody, and not for lists and maps.
 */
export function rememberingCondition(expression: CompiledExpression): Condition {
  const { source, reads } = expression;
  const names = [...reads];
  const evaluate = (subject: Subject): Verdict => testCondition(expression, subject);
  if (names.length > MAX_KEYS || names.some((name) => UNIQUE_OR_LARGE.has(name)))
    return { source, reads, test: evaluate };
  const verdicts = new Map<unknown, Verdict>();
  return {
    source,
    reads,
    test: (subject) => {
      const key = keyOf(names, subject);
      const known = verdicts.get(key);
      if (known !== undefined) return known;
      const verdict = evaluate(subject);
      if (verdicts.size >= REMEMBERED) verdicts.clear();
      verdicts.set(key, verdict);
      return verdict;
    },
  };
}

/** One value stands for itself; several as JSON, which keeps `1` and `"1"` apart. */
function keyOf(names: readonly string[], subject: Subject): unknown {
  const [first] = names;
  if (first === undefined) return '';
  return names.length === 1 ? subject.value(first) : JSON.stringify(names.map((name) => subject.value(name)));
}

/** A condition that needs a value which the person does not have does not hold; one that fails is told apart. */
function testCondition(expression: CompiledExpression, subject: Subject): Verdict {
  try {
    return expression.evaluate(subject.bindings) === true ? 'yes' : 'no';
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.code === 'invalid') throw error;
    return error.code === 'no_value' ? 'no' : 'failed';
  }
}
