import { celEnv } from '@bufbuild/cel';
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import type { ExpressionFault, ExpressionLimits, ExpressionSchema } from './expression-schema.js';
import { comparable, declaredType, describeType, fits, join, signatureType, type Type } from './expression-type.js';
import { OWN_FUNCTIONS } from './functions.js';
import { faultAt, type ParsedExpression } from './parse-expression.js';
import { suggestName } from './suggest-name.js';

const FUNCTIONS = celEnv({ funcs: OWN_FUNCTIONS }).funcs;
const FUNCTION_NAMES = [...FUNCTIONS].map(({ name }) => name).filter((name) => /^\w+$/.test(name));
const TYPE_NAMES = new Set(['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);
const OPERATORS: Readonly<Record<string, string>> = { '-_': '-', '!_': '!', '@in': 'in' };

type Scope = ReadonlyMap<string, Type>;
type NodeOf<K extends Expr['exprKind']['case']> = Extract<Expr['exprKind'], { case: K }>['value'];

/** What an expression yields, what is wrong with it, and the attributes (or plain variables) that it reads. */
export interface Inference {
  readonly type: Type;
  readonly faults: readonly ExpressionFault[];
  readonly reads: ReadonlySet<string>;
  readonly patterns: readonly LiteralPattern[];
}

/** A regular expression that stands in the source, and a fault at its place. */
export interface LiteralPattern {
  readonly pattern: string;
  readonly fault: (message: string) => ExpressionFault;
}

/**
 * Types the tree from its leaves. The library checks only at run time, and there `&&`, `||`, `?:`, `has()` and
 * `==` hide mistakes; here every branch is looked at.
 */
export function inferType(
  source: string,
  parsed: ParsedExpression,
  schema: ExpressionSchema,
  limits: ExpressionLimits,
): Inference {
  const inferrer = new Inferrer(source, parsed, schema, limits);
  const scope = new Map(Object.entries(schema).map(([name, variable]) => [name, declaredType(variable)]));
  const type = inferrer.value(parsed.expr, scope);
  return {
    type,
    faults: [...inferrer.faults.values()].sort((a, b) => a.offset - b.offset),
    reads: inferrer.reads,
    patterns: inferrer.patterns,
  };
}

class Inferrer {
  readonly faults = new Map<string, ExpressionFault>();
  readonly reads = new Set<string>();
  readonly patterns: LiteralPattern[] = [];
  private depth = 0;
  private loops = 0;

  constructor(
    private readonly source: string,
    private readonly parsed: ParsedExpression,
    private readonly schema: ExpressionSchema,
    private readonly limits: ExpressionLimits,
  ) {}

  /** The type of a part that is used as a value, which a whole object cannot be. */
  value(expr: Expr | undefined, scope: Scope): Type {
    if (!expr) return 'dyn';
    const type = this.any(expr, scope);
    if (typeof type === 'string' || type.kind !== 'object') return type;
    const example = Object.keys(type.attributes)[0] ?? 'attribute';
    return this.fault(expr, `Name one of its attributes, such as .${example}.`);
  }

  private any(expr: Expr, scope: Scope): Type {
    if (this.depth >= this.limits.depth) return this.fault(expr, 'The expression is nested too deeply.');
    this.depth++;
    const type = this.node(expr, scope);
    this.depth--;
    return type;
  }

  private node(expr: Expr, scope: Scope): Type {
    const { exprKind } = expr;
    switch (exprKind.case) {
      case 'constExpr':
        return constantType(exprKind.value);
      case 'identExpr':
        return this.identifier(expr, exprKind.value.name, scope);
      case 'selectExpr':
        return this.selection(expr, exprKind.value, scope);
      case 'callExpr':
        return this.call(expr, exprKind.value, scope);
      case 'listExpr':
        return { kind: 'list', element: this.joined(exprKind.value.elements, scope) };
      case 'structExpr':
        return this.struct(expr, exprKind.value, scope);
      case 'comprehensionExpr':
        return this.loop(expr, exprKind.value, scope);
      default:
        return this.fault(expr, 'This is not supported.');
    }
  }

  private identifier(expr: Expr, name: string, scope: Scope): Type {
    const type = scope.get(name);
    if (type !== undefined) {
      if (typeof this.schema[name] === 'string') this.reads.add(name);
      return type;
    }
    if (TYPE_NAMES.has(name)) return 'type';
    for (const [variable, candidate] of scope) {
      if (typeof candidate === 'object' && candidate.kind === 'object' && Object.hasOwn(candidate.attributes, name)) {
        return this.fault(expr, `There is no variable "${name}".`, `${variable}.${name}`);
      }
    }
    return this.unknown('variable', name, expr, scope.keys());
  }

  private selection(expr: Expr, { operand, field, testOnly }: NodeOf<'selectExpr'>, scope: Scope): Type {
    if (!operand) return 'dyn';
    const type = this.attribute(expr, operand, this.any(operand, scope), field);
    return testOnly ? 'bool' : type;
  }

  /** `object.field` and `object["field"]`. */
  private attribute(expr: Expr, operand: Expr, type: Type, field: string): Type {
    if (type === 'dyn' || type === 'never') return 'dyn';
    if (typeof type === 'object' && type.kind === 'map') return type.value;
    if (typeof type === 'string' || type.kind === 'list')
      return this.fault(expr, `A ${describeType(type)} has no attribute "${field}".`);
    const declared = Object.hasOwn(type.attributes, field) ? type.attributes[field] : undefined;
    if (declared !== undefined) {
      this.reads.add(field);
      return declaredType(declared);
    }
    return this.unknown('attribute', field, operand, Object.keys(type.attributes));
  }

  private call(expr: Expr, call: NodeOf<'callExpr'>, scope: Scope): Type {
    if (call.function === '_[_]') return this.index(expr, call.args, scope);
    const target = call.target && this.value(call.target, scope);
    const args = call.args.map((arg) => this.value(arg, scope));
    if (call.function === 'matches') this.notePattern(call.args.at(-1));
    switch (call.function) {
      case '_&&_':
      case '_||_':
        args.forEach((type, position) => this.mustBeBool(call.args[position] ?? expr, type));
        return 'bool';
      case '_?_:_':
        this.mustBeBool(call.args[0] ?? expr, args[0] ?? 'dyn');
        return join(args[1] ?? 'dyn', args[2] ?? 'dyn');
      case '@not_strictly_false':
        return 'bool';
      default:
        return this.comparison(expr, call.function, args) ?? this.overload(expr, call, target, args);
    }
  }

  private notePattern(expr: Expr | undefined): void {
    if (expr === undefined) return;
    const pattern = stringConstant(expr);
    if (pattern === undefined) return;
    const offset = this.parsed.positionOf(expr);
    this.patterns.push({ pattern, fault: (message) => faultAt(this.source, offset, message) });
  }

  /** `==`, `!=` and `in` take anything at run time, and are then false: here two types that never meet are a fault. */
  private comparison(expr: Expr, name: string, [left = 'dyn', right = 'dyn']: readonly Type[]): Type | undefined {
    if (name === '_==_' || name === '_!=_')
      return comparable(left, right) ? 'bool' : this.neverEqual(expr, left, right);
    if (name !== '@in' || typeof right !== 'object' || right.kind !== 'list') return undefined;
    return comparable(left, right.element) ? 'bool' : this.neverEqual(expr, left, right.element);
  }

  /** The result of the library's function that takes these types. */
  private overload(expr: Expr, call: NodeOf<'callExpr'>, target: Type | undefined, args: readonly Type[]): Type {
    const name = call.function;
    const group = FUNCTIONS.find(name);
    if (!group) return this.unknown('function', name, call.target ?? expr, FUNCTION_NAMES);
    const matching = [...group].filter(
      (candidate) =>
        candidate.arguments.length === args.length &&
        (candidate.target === undefined) === (target === undefined) &&
        (candidate.target === undefined || target === undefined || fits(target, signatureType(candidate.target))) &&
        candidate.arguments.every((wanted, position) => fits(args[position] ?? 'dyn', signatureType(wanted))),
    );
    if (matching.length === 0) {
      const operands = [...(target === undefined ? [] : [target]), ...args].map(describeType).join(' and ');
      return this.fault(
        expr,
        `"${OPERATORS[name] ?? name.replaceAll('_', '')}" does not work on ${operands || 'nothing'}.`,
      );
    }
    const [left = 'dyn', right = 'dyn'] = args;
    if (name === '_+_' && typeof left === 'object' && typeof right === 'object') return join(left, right);
    return matching.map(({ result }) => signatureType(result)).reduce(join, 'never');
  }

  private index(expr: Expr, [operand, key]: readonly Expr[], scope: Scope): Type {
    if (!operand || !key) return 'dyn';
    const container = this.any(operand, scope);
    const name = stringConstant(key);
    if (name !== undefined && isKind(container, 'object')) return this.attribute(expr, operand, container, name);
    const keyType = this.value(key, scope);
    if (container === 'dyn' || container === 'never') return 'dyn';
    if (typeof container === 'string') return this.fault(expr, `A ${container} has no elements.`);
    if (container.kind === 'object') return this.fault(expr, 'An attribute is named by its name or a literal string.');
    if (container.kind === 'map') return container.value;
    return comparable(keyType, 'int')
      ? container.element
      : this.fault(expr, 'An element of a list is named by a number.');
  }

  private struct(expr: Expr, { messageName, entries }: NodeOf<'structExpr'>, scope: Scope): Type {
    if (messageName !== '') return this.fault(expr, `There is no type "${messageName}".`);
    for (const { keyKind } of entries) if (keyKind.case === 'mapKey') this.value(keyKind.value, scope);
    return {
      kind: 'map',
      value: this.joined(
        entries.flatMap(({ value }) => value ?? []),
        scope,
      ),
    };
  }

  private loop(expr: Expr, node: NodeOf<'comprehensionExpr'>, scope: Scope): Type {
    const range = this.value(node.iterRange, scope);
    if (this.loops >= this.limits.loops) return this.fault(expr, 'A loop may not stand inside a loop.');
    const element = elementOf(range);
    if (element === undefined) return this.fault(expr, `A ${describeType(range)} cannot be looped over.`);
    this.loops++;
    const inner = new Map([...scope, [node.iterVar, element]]);
    inner.set(node.accuVar, this.value(node.accuInit, inner));
    this.value(node.loopCondition, inner);
    inner.set(node.accuVar, this.value(node.loopStep, inner));
    const result = this.value(node.result, inner);
    this.loops--;
    return result;
  }

  private joined(parts: readonly Expr[], scope: Scope): Type {
    return parts.map((part) => this.value(part, scope)).reduce(join, 'never');
  }

  private mustBeBool(expr: Expr, type: Type): void {
    if (!fits(type, 'bool')) this.fault(expr, `This must be true or false, but is a ${describeType(type)}.`);
  }

  private neverEqual(expr: Expr, a: Type, b: Type): Type {
    return this.fault(expr, `A ${describeType(a)} is never equal to a ${describeType(b)}.`);
  }

  /** A name that is not known; it stands somewhere after the part that it belongs to. */
  private unknown(what: string, name: string, after: Expr, known: Iterable<string>): Type {
    const start = this.parsed.positionOf(after);
    const at = this.source.indexOf(name, start);
    return this.fault(after, `There is no ${what} "${name}".`, suggestName(name, known), at < 0 ? start : at);
  }

  private fault(expr: Expr, message: string, suggestion?: string, offset = this.parsed.positionOf(expr)): Type {
    this.faults.set(`${offset} ${message}`, faultAt(this.source, offset, message, suggestion));
    return 'dyn';
  }
}

function constantType({ constantKind }: NodeOf<'constExpr'>): Type {
  const name = constantKind.case?.replace(/(64)?Value$/, '') ?? 'dyn';
  return name as Type;
}

function stringConstant({ exprKind }: Expr): string | undefined {
  const constant = exprKind.case === 'constExpr' ? exprKind.value.constantKind : undefined;
  return constant?.case === 'stringValue' ? constant.value : undefined;
}

function isKind(type: Type, kind: 'object' | 'list' | 'map'): boolean {
  return typeof type === 'object' && type.kind === kind;
}

function elementOf(range: Type): Type | undefined {
  if (range === 'dyn' || range === 'never') return 'dyn';
  if (typeof range === 'string' || range.kind === 'object') return undefined;
  return range.kind === 'list' ? range.element : 'string';
}
