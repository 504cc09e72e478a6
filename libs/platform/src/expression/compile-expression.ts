import { celEnv, CelScalar, isCelError, plan, type CelInput, type CelResult } from '@bufbuild/cel';
import { toCel, toPlain, type PlainValue } from './cel-values.js';
import { readExpression } from './check-expression.js';
import { OWN_FUNCTIONS } from './functions.js';
import { ExpressionError } from './expression-error.js';
import { ResultMemo, type MemoKey, type Outcome } from './result-memo.js';
import {
  EXPRESSION_LIMITS,
  type AttributeType,
  type ExpressionContext,
  type VariableSchema,
} from './expression-schema.js';

/** Variable name → its value; an object variable's attributes may be null or missing: they have no value then. */
export type ExpressionBindings = Readonly<Record<string, unknown>>;

/** An expression ready to run many times: planning costs a hundred times what an evaluation does. */
export interface CompiledExpression {
  readonly source: string;
  /** The attributes of its variables (`identity.department` → `department`) that the result depends on. */
  readonly reads: ReadonlySet<string>;
  /** Throws `ExpressionError` and nothing else. */
  evaluate(bindings: ExpressionBindings): PlainValue;
}

/** Checks and plans an expression. Throws an `ExpressionError` with the faults when it does not pass the check. */
export function compileExpression(source: string, context: ExpressionContext): CompiledExpression {
  const { faults, reads, parsed } = readExpression(source, context);
  if (!parsed || faults.length > 0)
    throw new ExpressionError('invalid', faults[0]?.message ?? 'Not an expression.', faults);
  const names = Object.keys(context.variables);
  const run = plan(
    celEnv({ variables: Object.fromEntries(names.map((name) => [name, CelScalar.DYN])), funcs: OWN_FUNCTIONS }),
    parsed.expr,
  );
  const listLength = context.limits?.listLength ?? EXPRESSION_LIMITS.listLength;
  const variables = Object.entries(context.variables).map(([name, schema]) => [name, onlyRead(schema, reads)] as const);
  const compute = (bindings: ExpressionBindings): PlainValue => {
    const bound = new Bound(listLength);
    const input: Record<string, CelInput> = {};
    for (const [name, schema] of variables) input[name] = bound.variable(name, schema, bindings[name]);
    return resultOf(
      runSafely(() => run(input)),
      bound,
      context.expects,
    );
  };
  return { source, reads, evaluate: remembering(compute, variables, reads) };
}

/** Evaluates once for the same values, where the expression reads few and simple ones. */
function remembering(
  compute: CompiledExpression['evaluate'],
  variables: readonly (readonly [string, ReadSchema])[],
  reads: ReadonlySet<string>,
): CompiledExpression['evaluate'] {
  const paths = variables.flatMap(([name, schema]) => keyPaths(name, schema, reads));
  if (!ResultMemo.fits(paths.length) || paths.some(({ type }) => type === 'map' || type === 'list<string>'))
    return compute;
  const memo = new ResultMemo();
  return (bindings) => {
    const keys = keysOf(bindings, paths);
    if (keys === undefined) return compute(bindings);
    let outcome = memo.find(keys);
    if (outcome === undefined) {
      outcome = outcomeOf(compute, bindings);
      // A list or an object could be changed by whoever gets it first.
      if ('error' in outcome || outcome.value === null || typeof outcome.value !== 'object') memo.keep(keys, outcome);
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}

/** Where a value stands that the result depends on: `identity` and `department`, or a plain variable. */
interface KeyPath {
  readonly variable: string;
  readonly attribute: string | null;
  readonly type: AttributeType;
}

const keyPaths = (variable: string, schema: ReadSchema, reads: ReadonlySet<string>): KeyPath[] =>
  typeof schema === 'string'
    ? reads.has(variable)
      ? [{ variable, attribute: null, type: schema }]
      : []
    : schema.map(([attribute, type]) => ({ variable, attribute, type }));

/** The values that the result depends on; nothing when one of them is no text, truth value or absent one. */
function keysOf(bindings: ExpressionBindings, paths: readonly KeyPath[]): MemoKey[] | undefined {
  const keys: MemoKey[] = [];
  for (const { variable, attribute } of paths) {
    const bound = bindings[variable];
    const value =
      attribute === null ? bound : (bound as Readonly<Record<string, unknown>> | null | undefined)?.[attribute];
    if (value !== null && value !== undefined && typeof value !== 'string' && typeof value !== 'boolean')
      return undefined;
    keys.push(value ?? null);
  }
  return keys;
}

function outcomeOf(compute: CompiledExpression['evaluate'], bindings: ExpressionBindings): Outcome {
  try {
    return { value: compute(bindings) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { error };
  }
}

type ReadSchema = AttributeType | readonly (readonly [string, AttributeType])[];

function onlyRead(schema: VariableSchema, reads: ReadonlySet<string>): ReadSchema {
  return typeof schema === 'string' ? schema : Object.entries(schema).filter(([attribute]) => reads.has(attribute));
}

/** Turns bindings into CEL's values, only those that are read, and remembers whether one had no value. */
class Bound {
  lacksValue = false;

  constructor(private readonly listLength: number) {}

  variable(name: string, schema: ReadSchema, value: unknown): CelInput {
    if (typeof schema === 'string') return this.attribute(name, value, schema);
    const attributes = (value ?? {}) as Readonly<Record<string, unknown>>;
    const input: Record<string, CelInput> = {};
    for (const [attribute, type] of schema) input[attribute] = this.attribute(attribute, attributes[attribute], type);
    return input;
  }

  private attribute(name: string, value: unknown, type: AttributeType): CelInput {
    if (Array.isArray(value) && value.length > this.listLength) {
      throw new ExpressionError('failed', `"${name}" has more than ${this.listLength} elements.`);
    }
    // An open map answers null for what it lacks, so any of its keys may be what was missing.
    if (value === null || value === undefined || type === 'map') this.lacksValue = true;
    return toCel(value ?? (type === 'map' ? {} : null), type);
  }
}

function runSafely(run: () => CelResult): CelResult {
  try {
    return run();
  } catch (error) {
    throw new ExpressionError('failed', 'The expression could not be evaluated.', [], error);
  }
}

function resultOf(result: CelResult, { lacksValue }: Bound, expects: ExpressionContext['expects']): PlainValue {
  if (isCelError(result)) {
    if (lacksValue && /null_type|field not found|unsupported key type/.test(result.message)) {
      throw new ExpressionError('no_value', 'An attribute that the expression needs has no value.', [], result);
    }
    throw new ExpressionError('failed', 'The expression could not be evaluated for these values.', [], result);
  }
  const plain = toPlain(result);
  if (plain === undefined) throw new ExpressionError('wrong_type', 'The result has no plain form.');
  if (expects === 'value' || typeof plain === expects) return plain;
  if (plain === null) throw new ExpressionError('no_value', `The ${WORDS[expects].is} has no value.`);
  throw new ExpressionError('wrong_type', `The ${WORDS[expects].is} is ${WORDS[expects].not}.`);
}

const WORDS = {
  boolean: { is: 'condition', not: 'neither true nor false' },
  number: { is: 'result', not: 'no number' },
} as const;
