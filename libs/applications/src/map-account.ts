import { compileExpression, ExpressionError, type CompiledExpression } from '@tenure/platform';
import { bindIdentity, IDENTITY_SCHEMA } from '@tenure/identity';
import type { AttributeValue } from '@tenure/connectors';
import { ruleOf, type Mapping } from './mapping-rule.js';

/** One target attribute's rule, planned. */
export interface CompiledRule {
  readonly value: CompiledExpression;
  readonly fallback?: CompiledExpression;
  /** What is tried when the value must be unique and is taken, best first. */
  readonly alternatives: readonly CompiledExpression[];
}

/** A mapping whose expressions are planned, by target attribute. */
export type CompiledMapping = readonly (readonly [target: string, rule: CompiledRule])[];

/** Plans a mapping that was checked when it was saved. */
export const compileMapping = (mapping: Mapping): CompiledMapping =>
  Object.entries(mapping).map(([target, entry]) => {
    const rule = ruleOf(entry);
    const { alternatives = [] } = rule.unique === undefined || rule.unique === true ? {} : rule.unique;
    const fallback = rule.default === undefined ? undefined : compile(rule.default);
    return [
      target,
      { value: compile(rule.value), ...(fallback && { fallback }), alternatives: alternatives.map(compile) },
    ];
  });

/** Plans values that a policy gives to targets. */
export const compileValues = (
  values: Readonly<Record<string, string>>,
): readonly (readonly [target: string, value: CompiledExpression])[] =>
  Object.entries(values).map(([target, source]) => [target, compile(source)]);

const compile = (source: string): CompiledExpression =>
  compileExpression(source, { variables: IDENTITY_SCHEMA, expects: 'value' });

/** Every expression of a rule. */
export const expressionsOf = ({ value, fallback, alternatives }: CompiledRule): readonly CompiledExpression[] => [
  value,
  ...(fallback ? [fallback] : []),
  ...alternatives,
];

const NO_OVERRIDES: ReadonlyMap<string, CompiledExpression> = new Map();

/** What a mapping makes of a person. */
export interface MappedAccount {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Target → values to try when its own is taken; only where there are some. */
  readonly alternatives?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The attributes that an identity's account must have. What has no value and no default, or fails for the person's values,
 * is `null`. `overrides` go before the mapping, for targets that it has; `failed` hears of each target whose expression
 * fails for the person's values.
 */
export function mapAccount(
  mapping: CompiledMapping,
  identity: Parameters<typeof bindIdentity>[0],
  overrides: ReadonlyMap<string, CompiledExpression> = NO_OVERRIDES,
  failed: (target: string) => void = () => undefined,
): MappedAccount {
  const bindings = bindIdentity(identity);
  const alternatives: [string, readonly string[]][] = [];
  const attributes = mapping.map(([target, rule]): [string, AttributeValue] => {
    const evaluate = (expression: CompiledExpression): AttributeValue =>
      valueOf(expression, bindings, () => failed(target));
    const others = rule.alternatives.map(evaluate).filter((value) => typeof value === 'string');
    if (others.length > 0) alternatives.push([target, others]);
    const value = evaluate(overrides.get(target) ?? rule.value);
    return [target, value === null && rule.fallback !== undefined ? evaluate(rule.fallback) : value];
  });
  return {
    attributes: Object.fromEntries(attributes),
    ...(alternatives.length > 0 && { alternatives: Object.fromEntries(alternatives) }),
  };
}

function valueOf(
  expression: CompiledExpression,
  bindings: ReturnType<typeof bindIdentity>,
  failed: () => void,
): AttributeValue {
  try {
    return asAttribute(expression.evaluate(bindings));
  } catch (error) {
    if (error instanceof ExpressionError && error.code === 'invalid') throw error;
    if (!(error instanceof ExpressionError && error.code === 'no_value')) failed();
    return null;
  }
}

/** A value that no account can have: PostgreSQL stores neither NUL nor half a surrogate pair, and JSON no infinite number. */
export class UnstorableValue extends Error {}

/** Longer texts (UTF-16 units) are a mistake of the expression: no application has such an attribute. */
const LONGEST_TEXT = 65_536;
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function storable(text: string): string {
  if (text.length > LONGEST_TEXT || UNSTORABLE.test(text)) throw new UnstorableValue('the value cannot be stored');
  return text;
}

function asAttribute(value: unknown): AttributeValue {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') return storable(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new UnstorableValue('the number is not finite');
    return value;
  }
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value)) {
    return value
      .filter((item) => item !== null)
      .map((item) => storable(typeof item === 'string' ? item : JSON.stringify(item)));
  }
  return storable(JSON.stringify(value));
}
