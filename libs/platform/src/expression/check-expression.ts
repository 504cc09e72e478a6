import { countSteps } from './count-steps.js';
import {
  EXPRESSION_LIMITS,
  type ExpressionContext,
  type ExpressionFault,
  type ExpressionLimits,
} from './expression-schema.js';
import { describeType, fits, type Type } from './expression-type.js';
import { inferType, type LiteralPattern } from './infer-type.js';
import { whyNoPattern } from './literal-patterns.js';
import { faultAt, parseExpression, type ParsedExpression } from './parse-expression.js';

/** An expression that has been checked: fit to be planned when there are no faults. */
export interface CheckedExpression {
  readonly faults: readonly ExpressionFault[];
  readonly reads: ReadonlySet<string>;
  readonly patterns: readonly LiteralPattern[];
  /** Absent when the source could not be parsed. */
  readonly parsed?: ParsedExpression;
}

/** Everything that is wrong with an expression, in the order of the source; empty when it may be saved. */
export function checkExpression(source: string, context: ExpressionContext): readonly ExpressionFault[] {
  const { faults, patterns, parsed } = readExpression(source, context);
  if (faults.length > 0) return faults;
  const limits = { ...EXPRESSION_LIMITS, ...context.limits };
  const dear = parsed ? stepsFault(source, countSteps(parsed.expr, limits.listLength), limits) : [];
  return [...dear, ...patterns.flatMap(({ pattern, fault }) => patternFault(pattern, fault))];
}

/** Checked on save only, where somebody can simplify the expression; an expression that is already saved keeps working. */
function stepsFault(source: string, steps: number, limits: ExpressionLimits): ExpressionFault[] {
  if (steps <= limits.steps) return [];
  const [taken, most] = [steps, limits.steps].map((count) => count.toLocaleString('en'));
  const message = `This may take ${taken} steps for one person, more than ${most}: loop over fewer lists, and search no list for each element of another.`;
  return [faultAt(source, 0, message)];
}

/** Parses and checks an expression, and names what it reads. It compares texts in NFC, as the values that it meets are. */
export function readExpression(said: string, { variables, expects, limits }: ExpressionContext): CheckedExpression {
  const source = said.normalize('NFC');
  const bounds = { ...EXPRESSION_LIMITS, ...limits };
  const parsed = parseExpression(source, bounds);
  if (Array.isArray(parsed)) return { faults: parsed, reads: new Set(), patterns: [] };
  const { type, faults, reads, patterns } = inferType(source, parsed, variables, bounds);
  if (faults.length > 0 || WANTED[expects].types.some((wanted) => fits(type, wanted)))
    return { faults, reads, patterns, parsed };
  const message = `${WANTED[expects].words}, but this is a ${describeType(type)}.`;
  return { faults: [faultAt(source, 0, message)], reads, patterns, parsed };
}

/** What the whole expression must yield. */
const WANTED: Readonly<Record<ExpressionContext['expects'], { types: readonly Type[]; words: string }>> = {
  boolean: { types: ['bool'], words: 'A condition must be true or false' },
  number: { types: ['int', 'uint', 'double'], words: 'This must be a number' },
  value: { types: ['dyn'], words: 'This must be a value' },
};

/** What a literal regular expression is refused for: it would fail for each person. */
function patternFault(pattern: string, fault: (message: string) => ExpressionFault): ExpressionFault[] {
  const reason = whyNoPattern(pattern);
  return reason === null ? [] : [fault(`This is not a regular expression that can be used: ${reason}.`)];
}
