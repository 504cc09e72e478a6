import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';

/** Functions that look at whole texts, in steps. */
const TEXT_STEPS: ReadonlyMap<string, number> = new Map([
  ['matches', 20],
  ['similarity', 200],
]);

/**
 * The steps that an expression takes at most for one person: one for each part, again for each element that a loop goes over or
 * `in` searches.
 * @param listLength of a list that does not stand in the source
 */
export function countSteps(expr: Expr | undefined, listLength: number): number {
  const stepsOf = (part: Expr | undefined): number => countSteps(part, listLength);
  const sum = (parts: readonly (Expr | undefined)[]): number => parts.reduce((steps, part) => steps + stepsOf(part), 0);
  if (expr === undefined) return 0;
  const { exprKind } = expr;
  switch (exprKind.case) {
    case 'selectExpr':
      return 1 + stepsOf(exprKind.value.operand);
    case 'callExpr': {
      const { function: name, target, args } = exprKind.value;
      const searched = name === '@in' ? lengthOf(args[1], listLength) : 0;
      return 1 + (TEXT_STEPS.get(name) ?? 0) + searched + sum([target, ...args]);
    }
    case 'listExpr':
      return 1 + sum(exprKind.value.elements);
    case 'structExpr':
      return 1 + sum(exprKind.value.entries.map(({ value }) => value));
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return sum([iterRange, accuInit, result]) + lengthOf(iterRange, listLength) * sum([loopCondition, loopStep]);
    }
    default:
      return 1;
  }
}

/** How long a list can be: as it stands in the source, or as a list of a person may be. */
function lengthOf(expr: Expr | undefined, listLength: number): number {
  const { exprKind } = expr ?? {};
  if (exprKind?.case === 'listExpr') return exprKind.value.elements.length;
  if (exprKind?.case === 'comprehensionExpr') return lengthOf(exprKind.value.iterRange, listLength);
  if (exprKind?.case !== 'callExpr') return listLength;
  const [first, ...others] = exprKind.value.args.map((part) => lengthOf(part, listLength));
  if (exprKind.value.function === '_+_') return others.reduce((total, length) => total + length, first ?? 0);
  return exprKind.value.function === '_?_:_' ? Math.max(...others) : listLength;
}
