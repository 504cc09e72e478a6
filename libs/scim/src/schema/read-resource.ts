import { sameJson } from '@tenure/platform';
import { ENTERPRISE_SCHEMA } from './core-schemas.js';
import { assertIndexable } from './assert-indexable.js';
import { LIMITS } from '../protocol/limits.js';
import { isInvisible } from './plain-text.js';
import { isUnassigned, isValues, readValue, type Values } from './read-value.js';
import { ScimError } from '../protocol/scim-error.js';
import {
  COMMON_ATTRIBUTES,
  findAttribute,
  findExtension,
  isForbidden,
  topAttributes,
  type Attribute,
  type ResourceType,
  type Schema,
} from './schema-model.js';

/** In JSON: U+0000 or half of a surrogate pair, which PostgreSQL does not keep. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
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
    throw new ScimError(400, 'The body has U+0000 or half of a surrogate pair, which is not text.', 'invalidValue');
}

/** What is to be kept of an attribute's value; what is never kept has a type all the same. */
export function readWritten(attribute: Attribute, value: unknown, path: string = attribute.name): unknown {
  if (attribute.mutability === 'readOnly') return undefined;
  const read = readValue(attribute, value, path);
  return attribute.mutability === 'writeOnly' ? undefined : read;
}

/** Checks a whole resource against its schema. What no schema knows is kept as it came, so that nothing gets lost. */
export function readResource(type: ResourceType, given: unknown): Values {
  assertStorable(given);
  const body = withShortNames(type, flattened(type, given));
  assertNames(type, body);
  const top = topAttributes(type);
  return completed(
    type,
    readEntries(body, (name, value) => {
      const attribute = findAttribute(top, name);
      if (attribute) return [attribute.name, readWritten(attribute, value)];
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

/** Entra's samples write attributes of the enterprise extension without its URN; where both are there, the URN's count. */
function withShortNames(type: ResourceType, body: Values): Values {
  const enterprise = findExtension(type, ENTERPRISE_SCHEMA)?.schema;
  if (!enterprise) return body;
  const short = Object.keys(body).filter(
    (name) => findAttribute(enterprise.attributes, name) && !findAttribute(topAttributes(type), name),
  );
  if (short.length === 0) return body;
  const urn = Object.keys(body).find((name) => name.toLowerCase() === enterprise.id.toLowerCase()) ?? enterprise.id;
  const given = elementOf(body[urn]) ?? {};
  if (!isValues(given)) return body;
  const known = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const added = short
    .filter((name) => !known.has(name.toLowerCase()))
    .map((name): [string, unknown] => [name, body[name]]);
  const others = Object.entries(body).filter(([name]) => !short.includes(name) && name !== urn);
  return { ...Object.fromEntries(others), [urn]: { ...Object.fromEntries(added), ...given } };
}

/** A list of one is its element. */
export const elementOf = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 ? (value as readonly unknown[])[0] : value;

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

function readExtension({ id, attributes }: Schema, given: unknown): Values | undefined {
  const value = elementOf(given);
  if (isUnassigned(value)) return undefined;
  if (!isValues(value)) throw new ScimError(400, `${id} must be an object.`, 'invalidValue');
  const read = readEntries(value, (name, one) => {
    const attribute = findAttribute(attributes, name);
    if (attribute === undefined) return [name, one];
    return [attribute.name, readWritten(attribute, one, `${id}:${attribute.name}`)];
  });
  return Object.keys(read).length === 0 ? undefined : read;
}

/** Each entry under its right name; without what is unassigned, and without names that no object of ours gets. */
function readEntries(values: Values, read: (name: string, value: unknown) => [string, unknown]): Values {
  const entries = Object.entries(values)
    .filter(([name]) => !isForbidden(name))
    .map(([name, value]) => read(name, value))
    .filter(([, value]) => !isUnassigned(value));
  return Object.fromEntries(entries);
}

/**
 * What every kept resource has: its required attributes, and the URNs of what it consists of. `before`: a change is refused for what
 * it takes away, and not for what a schema asks that was registered later.
 */
export function completed(type: ResourceType, resource: Values, before?: Values): Values {
  const lacked = before === undefined ? [] : lackingIn(type, before);
  const [path] = lackingIn(type, resource).filter((one) => !lacked.includes(one));
  if (path !== undefined) throw new ScimError(400, `${path} is required.`, 'invalidValue');
  assertIndexable(resource, before);
  return { ...resource, schemas: schemasOf(type, resource) };
}

/** The paths of what is required and not there (RFC 7643 §6, §7). */
function lackingIn(type: ResourceType, resource: Values): readonly string[] {
  const lacking = (attributes: readonly Attribute[], values: Values, prefix: string): string[] =>
    attributes.filter((one) => isLacking(one, values)).map(({ name }) => `${prefix}${name}`);
  const ofExtensions = type.extensions.flatMap(({ schema: { id, attributes }, required }) => {
    const container = resource[id];
    const paths = lacking(attributes, isValues(container) ? container : {}, `${id}:`);
    if (container !== undefined) return paths;
    return required ? [...paths, id] : [];
  });
  return [...lacking(type.schema.attributes, resource, ''), ...ofExtensions];
}

function isLacking({ name, required, mutability }: Attribute, values: Values): boolean {
  if (!required || mutability === 'readOnly' || mutability === 'writeOnly') return false;
  const value = values[name];
  return isUnassigned(value) || (typeof value === 'string' && isInvisible(value));
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
