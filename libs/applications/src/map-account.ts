import { compileExpression, ExpressionError, type CompiledExpression } from '@tenure/platform';
import { bindIdentity, IDENTITY_SCHEMA } from '@tenure/identity';
import type { AttributeValue } from '@tenure/connectors';

/** A mapping whose expressions are planned: target attribute → expression over `identity`. */
export type CompiledMapping = readonly (readonly [target: string, expression: CompiledExpression])[];

/** Plans a mapping that was checked when it was saved. */
export const compileMapping = (mapping: Readonly<Record<string, string>>): CompiledMapping =>
  Object.entries(mapping).map(([target, source]) => [
    target,
    compileExpression(source, { variables: IDENTITY_SCHEMA, expects: 'value' }),
  ]);

const NO_OVERRIDES: ReadonlyMap<string, CompiledExpression> = new Map();

/**
 * The attributes that an identity's account must have. What has no value, or fails for the person's values, is `null`:
 * it is cleared in the app. `overrides` go before the mapping, for targets that it has; `failed` hears of each target
 * whose expression fails for the person's values.
 */
export function mapAccount(
  mapping: CompiledMapping,
  identity: Parameters<typeof bindIdentity>[0],
  overrides: ReadonlyMap<string, CompiledExpression> = NO_OVERRIDES,
  failed: (target: string) => void = () => undefined,
): Readonly<Record<string, AttributeValue>> {
  const bindings = bindIdentity(identity);
  return Object.fromEntries(
    mapping.map(([target, mapped]) => [
      target,
      valueOf(overrides.get(target) ?? mapped, bindings, () => failed(target)),
    ]),
  );
}

function valueOf(
  expression: CompiledExpression,
  bindings: ReturnType<typeof bindIdentity>,
  failed: () => void,
): AttributeValue {
  try {
    return asAttribute(expression.evaluate(bindings));
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.code === 'invalid') throw error;
    if (error.code !== 'no_value') failed();
    return null;
  }
}

function asAttribute(value: unknown): AttributeValue {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) {
    return value
      .filter((item) => item !== null)
      .map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  }
  return JSON.stringify(value);
}
