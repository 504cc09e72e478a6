import { sameJson } from '@tenure/platform';
import { LIMITS } from './limits.js';
import { isUnassigned, isValues, readValue, type Values } from './read-value.js';
import { ScimError } from './scim-error.js';
import { COMMON_ATTRIBUTES, findAttribute, findExtension, topAttributes, type Attribute, type ResourceType, type Schema } from './schema-model.js'; // prettier-ignore

/** In JSON: U+0000 or half of a surrogate pair, which PostgreSQL does not keep. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
/** No attribute has such a name, and no object of ours gets one. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Refuses what is no JSON object, too deep, or has characters that cannot be kept. */
export function assertStorable(body: unknown): asserts body is Values {
  if (!isValues(body)) throw new ScimError(400, 'The body must be a JSON object.', 'invalidSyntax');
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.depth) throw new ScimError(400, `The body may be nested ${LIMITS.depth} deep.`, 'invalidSyntax');
    level = level.flatMap((value): unknown[] =>
      value !== null && typeof value === 'object' ? Object.values(value) : [],
    );
  }
  if (UNSTORABLE.test(JSON.stringify(body)))
    throw new ScimError(400, 'The body has characters that are no text.', 'invalidValue');
}

/** What a client may not set, or what is never kept. */
const isWritten = ({ mutability }: Attribute): boolean => mutability !== 'readOnly' && mutability !== 'writeOnly';

/** Checks a whole resource against its schema. What no schema knows is kept as it came, so that nothing gets lost. */
export function readResource(type: ResourceType, given: unknown): Values {
  assertStorable(given);
  const body = flattened(type, given);
  assertNames(type, body);
  const top = topAttributes(type);
  return completed(
    type,
    readEntries(body, (name, value) => {
      const attribute = findAttribute(top, name);
      if (attribute) return [attribute.name, isWritten(attribute) ? readValue(attribute, value) : undefined];
      const extension = findExtension(type, name)?.schema;
      return extension ? [extension.id, readExtension(extension, value)] : [name, value];
    }),
  );
}

/** Some clients write the core attributes under their URN, as if they were an extension. */
function flattened({ schema }: ResourceType, body: Values): Values {
  const urn = Object.keys(body).find((name) => name.toLowerCase() === schema.id.toLowerCase());
  const core = urn === undefined ? undefined : body[urn];
  if (!isValues(core)) return body;
  return { ...core, ...Object.fromEntries(Object.entries(body).filter(([name]) => name !== urn)) };
}

/**
 * RFC 7643 §3: a resource says of which schemas it is. The URNs of SCIM 1.x, which OneLogin sends, and URNs of a client's own
 * beside the right one, which Entra sends, do no harm.
 */
function assertNames(type: ResourceType, body: Values): void {
  const given = Object.entries(body).find(([name]) => name.toLowerCase() === 'schemas')?.[1];
  const urns: readonly unknown[] = Array.isArray(given) ? given : [];
  const known = [type.schema.id, ...type.extensions.map(({ schema }) => schema.id)].map((urn) => urn.toLowerCase());
  const isNamed = (urn: unknown): boolean =>
    typeof urn === 'string' && (known.includes(urn.toLowerCase()) || /^urn:scim:schemas:/i.test(urn));
  if (urns.some(isNamed)) return;
  throw new ScimError(400, `schemas must name what the resource is: ["${type.schema.id}"].`, 'invalidValue');
}

function readExtension({ id, attributes }: Schema, value: unknown): Values | undefined {
  if (isUnassigned(value)) return undefined;
  if (!isValues(value)) throw new ScimError(400, `${id} must be an object.`, 'invalidValue');
  const read = readEntries(value, (name, given) => {
    const attribute = findAttribute(attributes, name);
    if (attribute === undefined) return [name, given];
    return [attribute.name, isWritten(attribute) ? readValue(attribute, given, `${id}:${attribute.name}`) : undefined];
  });
  return Object.keys(read).length === 0 ? undefined : read;
}

/** Each entry under its right name; without what is unassigned, and without names that no object of ours gets. */
function readEntries(values: Values, read: (name: string, value: unknown) => [string, unknown]): Values {
  const entries = Object.entries(values)
    .filter(([name]) => !FORBIDDEN.has(name.toLowerCase()))
    .map(([name, value]) => read(name, value))
    .filter(([, value]) => !isUnassigned(value));
  return Object.fromEntries(entries);
}

/** What every kept resource has: its required attributes, and the URNs of what it consists of. */
export function completed(type: ResourceType, resource: Values): Values {
  for (const attribute of type.schema.attributes) assertGiven(attribute, resource, attribute.name);
  for (const { schema, required } of type.extensions) {
    const container = resource[schema.id];
    if (container === undefined && !required) continue;
    const values = isValues(container) ? container : {};
    for (const attribute of schema.attributes) assertGiven(attribute, values, `${schema.id}:${attribute.name}`);
  }
  return { ...resource, schemas: schemasOf(type, resource) };
}

function assertGiven({ name, required, mutability }: Attribute, values: Values, path: string): void {
  if (!required || mutability === 'readOnly') return;
  const value = values[name];
  if (isUnassigned(value) || (typeof value === 'string' && value.trim() === ''))
    throw new ScimError(400, `${path} is required.`, 'invalidValue');
}

/** The client's own list first, as it wrote it; then what it uses and did not list. */
function schemasOf(type: ResourceType, resource: Values): readonly string[] {
  const given = Array.isArray(resource.schemas) ? (resource.schemas as readonly string[]) : [];
  const used = type.extensions.map(({ schema }) => schema.id).filter((id) => resource[id] !== undefined);
  const known = new Set(given.map((urn) => urn.toLowerCase()));
  return [...given, ...[type.schema.id, ...used].filter((urn) => !known.has(urn.toLowerCase()))];
}

/** RFC 7644 §3.5.1: what is immutable must be what it was. */
export function assertSameImmutables(type: ResourceType, before: Values, after: Values): void {
  const compare = (attributes: readonly Attribute[], was: Values, is: Values): void => {
    for (const { name, mutability } of attributes) {
      if (mutability !== 'immutable' || was[name] === undefined || sameJson(was[name], is[name])) continue;
      throw new ScimError(400, `${name} cannot be changed once it has a value.`, 'mutability');
    }
  };
  compare([...COMMON_ATTRIBUTES, ...type.schema.attributes], before, after);
  for (const { schema } of type.extensions) {
    const container = (resource: Values): Values =>
      isValues(resource[schema.id]) ? (resource[schema.id] as Values) : {};
    compare(schema.attributes, container(before), container(after));
  }
}
