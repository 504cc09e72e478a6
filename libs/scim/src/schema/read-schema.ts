import type { InputFault } from '@tenure/platform';
import { isFixedEndpoint } from '../protocol/allowed-methods.js';
import { CORE_CATALOGUE, type RegisteredSchema, type RegisteredType } from './catalogue.js';
import { DISCOVERY_SCHEMAS } from './discovery-schemas.js';
import { isValues, type Values } from './read-value.js';
import { attribute, COMMON_ATTRIBUTES, findAttribute, type Attribute, type Schema } from './schema-model.js';

/** RFC 7643 §2.1, and `$ref` of §2.4. */
const NAME = /^(?:\$ref|[A-Za-z][\w-]{0,63})$/;
const URN = /^urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[A-Za-z0-9._:-]{1,180}$/;
const MOST = 100;
const WORDS = {
  type: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'],
  mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  returned: ['always', 'never', 'default', 'request'],
  uniqueness: ['none', 'server', 'global'],
} as const;

/** Reads an extension of a tenant's own, and collects each mistake with its path. */
export function readSchema(input: Values): {
  readonly registered: RegisteredSchema;
  readonly faults: readonly InputFault[];
} {
  const faults: InputFault[] = [];
  const schema = readDefinition(input, (path, message) => void faults.push({ path, message }));
  const { resourceType, required = false } = input;
  return { registered: { resourceType: textOf(resourceType), required: required === true, schema }, faults };
}

const ENDPOINT = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const TYPE_NAME = /^[A-Z][A-Za-z0-9]{0,63}$/;

/** Reads a resource type of a tenant's own with its schema, and collects each mistake with its path. */
export function readType(input: Values): {
  readonly registered: Omit<RegisteredType, 'id'>;
  readonly faults: readonly InputFault[];
} {
  const faults: InputFault[] = [];
  const fault = (path: string, message: string): void => void faults.push({ path, message });
  const name = textOf(input.name);
  const endpoint = textOf(input.endpoint).replace(/^\//, '');
  if (!TYPE_NAME.test(name)) fault('name', 'must begin with a capital letter and have letters and digits only');
  if (!ENDPOINT.test(endpoint)) fault('endpoint', 'must be one word with letters and digits, such as /Devices');
  else if (isFixedEndpoint(endpoint) || endpoint.toLowerCase() === 'sources')
    fault('endpoint', 'is the address of something else');
  const { types } = CORE_CATALOGUE;
  if (types.some((type) => isSame(type.name, name))) fault('name', 'is a type that every tenant has');
  if (types.some((type) => isSame(type.endpoint, `/${endpoint}`))) fault('endpoint', 'is a type that every tenant has');
  const schema = readDefinition(input, fault);
  for (const [index, one] of schema.attributes.entries())
    if (findAttribute(COMMON_ATTRIBUTES, one.name))
      fault(`attributes.${index}.name`, 'is an attribute that every resource has');
  return { registered: { name, endpoint: `/${endpoint}`, description: textOf(input.description), schema }, faults };
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function readDefinition(input: Values, fault: Fault): Schema {
  const { urn, name, description = '', attributes } = input;
  const id = typeof urn === 'string' ? urn : '';
  if (!URN.test(id)) fault('urn', 'must be a URN such as urn:example:params:scim:badge:1.0:User');
  if ([...CORE_CATALOGUE.schemas, ...DISCOVERY_SCHEMAS].some((schema) => schema.id.toLowerCase() === id.toLowerCase()))
    fault('urn', 'is a schema that every tenant has');
  return {
    ...{ id, name: textOf(name), description: textOf(description) },
    attributes: readAttributes(attributes, 'attributes', fault, true),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

type Fault = (path: string, message: string) => void;

function readAttributes(value: unknown, path: string, fault: Fault, mayNest: boolean): readonly Attribute[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  if (list.length === 0 || list.length > MOST) fault(path, `must be a list of 1 to ${MOST} attributes`);
  const read = list.slice(0, MOST).map((one, index) => readAttribute(one, `${path}.${index}`, fault, mayNest));
  const names = read.map(({ name }) => name.toLowerCase());
  if (new Set(names).size < names.length) fault(path, 'must not have two attributes of one name');
  return read;
}

function readAttribute(value: unknown, path: string, fault: Fault, mayNest: boolean): Attribute {
  const given = isValues(value) ? value : {};
  const name = textOf(given.name);
  if (!NAME.test(name) || name.toLowerCase() === 'constructor' || name.toLowerCase() === 'prototype')
    fault(`${path}.name`, 'must begin with a letter and have letters, digits, "-" and "_" only');
  const word = <K extends keyof typeof WORDS>(key: K, usual: (typeof WORDS)[K][number]): (typeof WORDS)[K][number] =>
    readWord(given, key, usual, path, fault);
  const type = word('type', 'string');
  if (type === 'complex' && !mayNest) fault(`${path}.type`, 'must be simple inside a complex attribute');
  const parts =
    type === 'complex' && mayNest
      ? readAttributes(given.subAttributes, `${path}.subAttributes`, fault, false)
      : undefined;
  const canonical = Array.isArray(given.canonicalValues) ? given.canonicalValues.map(String) : undefined;
  return attribute(name, textOf(given.description), {
    ...{
      type,
      multiValued: given.multiValued === true,
      required: given.required === true,
      caseExact: given.caseExact === true,
    },
    ...{
      mutability: word('mutability', 'readWrite'),
      returned: word('returned', 'default'),
      uniqueness: word('uniqueness', 'none'),
    },
    ...(parts && { subAttributes: parts }),
    ...(canonical && { canonicalValues: canonical }),
    ...referencesOf(type, given.referenceTypes, `${path}.referenceTypes`, fault),
  });
}

/** RFC 7643 §7: what a reference may lead to. */
function referencesOf(type: string, given: unknown, path: string, fault: Fault): Pick<Attribute, 'referenceTypes'> {
  if (type !== 'reference') return {};
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  const referenceTypes = list.filter((one): one is string => typeof one === 'string' && one !== '');
  if (given !== undefined && given !== null && (list.length === 0 || referenceTypes.length < list.length))
    fault(path, 'must be a list of names such as "User", "external" or "uri"');
  return { referenceTypes: referenceTypes.length === 0 ? ['uri'] : referenceTypes };
}

function readWord<K extends keyof typeof WORDS>(
  given: Values,
  key: K,
  usual: (typeof WORDS)[K][number],
  path: string,
  fault: Fault,
): (typeof WORDS)[K][number] {
  const words: readonly (typeof WORDS)[K][number][] = WORDS[key];
  const found = words.find((one) => one === (given[key] ?? usual));
  if (found === undefined) fault(`${path}.${key}`, `must be one of ${words.join(', ')}`);
  return found ?? usual;
}
