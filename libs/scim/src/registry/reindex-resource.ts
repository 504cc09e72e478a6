import { completed } from '../schema/read-resource.js';
import { isValues, readValue, type Values } from '../schema/read-value.js';
import { ScimError } from '../protocol/scim-error.js';
import { findAttribute, type ResourceType, type Schema } from '../schema/schema-model.js';

/**
 * A resource that was written before a schema was known, as the schema reads it: right names, right forms. What the schema
 * would refuse stays as it is, and is not found by a filter: nobody takes back what was answered 201. Null for one that has
 * nothing of the schema.
 */
export function refoldResource(type: ResourceType, { id, attributes }: Schema, resource: Values): Refolded | null {
  const [name, given] = Object.entries(resource).find(([key]) => key.toLowerCase() === id.toLowerCase()) ?? [];
  if (name === undefined || !isValues(given)) return null;
  const entries = Object.entries(given).map(([key, value]) => {
    const attribute = findAttribute(attributes, key);
    if (!attribute) return { key, value, isRight: true };
    const read = attempt(() => readValue(attribute, value, `${id}:${attribute.name}`));
    return { key: attribute.name, value: read === REFUSED ? value : read, isRight: read !== REFUSED };
  });
  const { [name]: _, ...others } = resource;
  const withPart = (kept: typeof entries): Values => ({
    ...others,
    [id]: Object.fromEntries(kept.filter(({ value }) => value !== undefined).map(({ key, value }) => [key, value])),
  });
  const raw = withPart(entries);
  const whole = attempt(() => completed(type, raw));
  return { raw: whole === REFUSED ? raw : whole, comparable: withPart(entries.filter(({ isRight }) => isRight)) };
}

interface Refolded {
  /** As it is shown. */
  readonly raw: Values;
  /** Without what the schema would refuse. */
  readonly comparable: Values;
}

const REFUSED = Symbol('refused');

function attempt<T>(read: () => T): T | typeof REFUSED {
  try {
    return read();
  } catch (error) {
    if (error instanceof ScimError) return REFUSED;
    throw error;
  }
}
