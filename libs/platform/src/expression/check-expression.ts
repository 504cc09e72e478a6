import { EXPRESSION_LIMITS, type ExpressionContext, type ExpressionFault } from './expression-schema.js';
import { describeType, fits, type Type } from './expression-type.js';
import { inferType } from './infer-type.js';
import { faultAt, parseExpression, type ParsedExpression } from './parse-expression.js';

/** An expression that has been checked: fit to be planned when there are no faults. */
export interface CheckedExpression {
  readonly faults: readonly ExpressionFault[];
  readonly reads: ReadonlySet<string>;
  /** Absent when the source could not be parsed. */
  readonly parsed?: ParsedExpression;
}

/** Everything that is wrong with an expression, in the order of the source; empty when it may be saved. */
export function checkExpression(source: string, context: ExpressionContext): readonly ExpressionFault[] {
  return readExpression(source, context).faults;
}

/** Parses and checks an expression, and names what it reads. */
export function readExpression(source: string, { variables, expects, limits }: ExpressionContext): CheckedExpression {
  const bounds = { ...EXPRESSION_LIMITS, ...limits };
  const parsed = parseExpression(source, bounds);
  if (Array.isArray(parsed)) return { faults: parsed, reads: new Set() };
  const { type, faults, reads } = inferType(source, parsed, variables, bounds);
  if (faults.length > 0 || WANTED[expects].types.some((wanted) => fits(type, wanted))) return { faults, reads, parsed };
  const message = `${WANTED[expects].words}, but this is a ${describeType(type)}.`;
  return { faults: [faultAt(source, 0, message)], reads, parsed };
}

/** What the whole expression must yield. */
const WANTED: Readonly<Record<ExpressionContext['expects'], { types: readonly Type[]; words: string }>> = {
  boolean: { types: ['bool'], words: 'A condition must be true or false' },
  number: { types: ['int', 'uint', 'double'], words: 'This must be a number' },
  value: { types: ['dyn'], words: 'This must be a value' },
};
