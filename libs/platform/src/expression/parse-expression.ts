import { parse } from '@bufbuild/cel';
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import type { ExpressionFault, ExpressionLimits } from './expression-schema.js';

/** An expression's syntax tree, and where each node of it stands in the source. */
export interface ParsedExpression {
  readonly expr: Expr;
  positionOf(expr: Expr): number;
}

/** Far beyond what anybody writes; the parser recurses once per bracket. */
const MAX_BRACKETS = 40;

/** Parses within the limits of length and depth: the tree, or the faults. Never throws. */
export function parseExpression(source: string, limits: ExpressionLimits): ParsedExpression | ExpressionFault[] {
  if (source.length > limits.length) {
    return [faultAt(source, limits.length, `An expression has at most ${limits.length} characters.`)];
  }
  const tooDeep = bracketBeyond(source, MAX_BRACKETS);
  if (tooDeep !== undefined) return [faultAt(source, tooDeep, 'Brackets are nested too deeply.')];
  try {
    const { expr, sourceInfo } = parse(source);
    const positions = sourceInfo?.positions ?? {};
    // The parser's positions begin with the blanks before an operator.
    return { expr, positionOf: ({ id }) => skipBlanks(source, positions[String(id)] ?? 0) };
  } catch (error) {
    return [syntaxFault(source, error)];
  }
}

/** A fault at an offset, kept inside the source, with its line and column. */
export function faultAt(source: string, offset: number, message: string, suggestion?: string): ExpressionFault {
  const inside = Math.max(0, Math.min(offset, source.length));
  const before = source.slice(0, inside).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { message, offset: inside, line: before.length, column, ...(suggestion !== undefined && { suggestion }) };
}

function skipBlanks(source: string, offset: number): number {
  return offset + (/^\s*/.exec(source.slice(offset))?.[0].length ?? 0);
}

function syntaxFault(source: string, error: unknown): ExpressionFault {
  if (error instanceof RangeError) return faultAt(source, 0, 'The expression is nested too deeply.');
  const { message, location } = error as { message: string; location?: { start: { offset: number } } };
  const said = message.replace(/^<input>:\d+:\d+: /, '').replaceAll(/\s+/g, ' ');
  return faultAt(source, location?.start.offset ?? 0, `Not an expression: ${said}.`);
}

/** The offset of the first bracket that is nested deeper than allowed. Brackets in strings count: few are written. */
function bracketBeyond(source: string, limit: number): number | undefined {
  let depth = 0;
  for (let offset = 0; offset < source.length; offset++) {
    const character = source.charAt(offset);
    if ('([{'.includes(character) && ++depth > limit) return offset;
    if (')]}'.includes(character) && depth > 0) depth--;
  }
  return undefined;
}
