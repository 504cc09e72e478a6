import { sameJson } from '@tenure/platform';
import { ENTERPRISE_SCHEMA } from '../schema/core-schemas.js';
import { patchList } from './patch-list.js';
import { parseAttribute, parseTarget, type PatchOperation, type Target } from './parse-patch.js';
import { completed, elementOf, readWritten } from '../schema/read-resource.js';
import { isUnassigned, isValues, readSingle, readValue, type Values } from '../schema/read-value.js';
import { anyIn, splitUnregistered } from '../schema/resolve-any.js';
import { ScimError } from '../protocol/scim-error.js';
import { findAttribute, isForbidden, type Attribute, type ResourceType, type Schema } from '../schema/schema-model.js';

type Draft = Record<string, unknown>;
type AttributeTarget = Extract<Target, { kind: 'attribute' }>;

/**
 * RFC 7644 §3.5.2: applies all operations, or throws and has changed nothing. The result is a new resource, checked by the
 * schema; it is the given one itself when nothing changed.
 */
export function patchResource(type: ResourceType, resource: Values, operations: readonly PatchOperation[]): Values {
  const draft = structuredClone(resource) as Draft;
  for (const operation of operations) apply(type, draft, operation);
  if (sameJson(draft, resource)) return resource;
  const patched = completed(type, draft, resource);
  return sameJson(patched, resource) ? resource : patched;
}

function apply(type: ResourceType, draft: Draft, operation: PatchOperation): void {
  const { op, target } = operation;
  if (target === null) {
    if (op === 'remove') throw new ScimError(400, 'A remove needs a path.', 'noTarget');
    return applyPathless(type, draft, operation);
  }
  if (target.kind === 'unregistered') return applyUnregistered(type, draft, operation, target.path);
  if (target.kind === 'extension') return applyExtension(type, draft, operation, target.extension);
  applyTo(draft, operation, target);
}

function applyExtension(type: ResourceType, draft: Draft, operation: PatchOperation, extension: Schema): void {
  if (operation.op === 'remove') return void Reflect.deleteProperty(draft, keyIn(draft, extension.id));
  const value = elementOf(operation.value);
  if (isUnassigned(value)) return void Reflect.deleteProperty(draft, keyIn(draft, extension.id));
  if (!isValues(value)) throw new ScimError(400, `${extension.id} must be an object.`, 'invalidValue');
  // Clients that take an extension for a resource write its URN inside, too.
  for (const [name, part] of Object.entries(value).filter(([key]) => key.toLowerCase() !== 'schemas'))
    applyNamed(type, draft, { ...operation, value: part }, `${extension.id}:${name}`);
}

/** What a POST keeps of a URN that no schema has, a PATCH can set. */
function applyUnregistered(type: ResourceType, draft: Draft, operation: PatchOperation, path: string): void {
  const { extension, rest } = splitUnregistered(path, Object.keys(draft), operation.value);
  if (rest === '') {
    const key = keyIn(draft, extension.id);
    const value = elementOf(operation.value);
    if (operation.op === 'remove' || isUnassigned(value)) return void Reflect.deleteProperty(draft, key);
    const before = draft[key];
    draft[key] = isValues(before) && isValues(value) ? { ...before, ...withoutForbidden(value) } : value;
    return;
  }
  const target = parseAttribute(type, rest, (base) => {
    const [name = '', part, ...more] = base.split('.');
    return more.length > 0 ? null : anyIn(extension, name, part);
  });
  applyTo(draft, operation, { ...target, path });
}

const withoutForbidden = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !isForbidden(name)));

/** `{ "active": false }`, `{ "name.givenName": … }`, `{ "urn:…:User:department": … }`, `{ "urn:…:User": { … } }`. */
function applyPathless(type: ResourceType, draft: Draft, operation: PatchOperation): void {
  if (!isValues(operation.value))
    throw new ScimError(400, 'Without a path the value must be an object of attributes.', 'invalidValue');
  for (const [name, value] of Object.entries(operation.value)) applyNamed(type, draft, { ...operation, value }, name);
}

/** One entry of an object: what is read-only is ignored there, because clients send back what they got (§3.5.2). */
function applyNamed(type: ResourceType, draft: Draft, operation: PatchOperation, name: string): void {
  const target = parseTarget(type, name);
  if (target.kind === 'attribute' && (target.sub ?? target.attribute).mutability === 'readOnly') return;
  if (target.kind === 'attribute' && target.attribute.mutability === 'readOnly') return;
  apply(type, draft, { ...operation, target });
}

function applyTo(draft: Draft, operation: PatchOperation, target: AttributeTarget): void {
  const { attribute, sub, extension, path } = target;
  for (const part of [attribute, sub])
    if (part?.mutability === 'readOnly') throw new ScimError(400, `${path} is read-only.`, 'mutability');
  if (attribute.mutability === 'writeOnly') return void readWritten(attribute, operation.value);
  const container = extension ? containerOf(draft, extension.id) : draft;
  const key = attribute.type === 'any' ? keyIn(container, attribute.name) : attribute.name;
  const before = Object.hasOwn(container, key) ? container[key] : undefined;
  const after = patched(before, operation, target);
  assertMayBecome(attribute, before, after, path);
  if (isUnassigned(after)) Reflect.deleteProperty(container, key);
  else container[key] = after;
  if (extension === undefined) return;
  if (extension.id === ENTERPRISE_SCHEMA) dropShort(draft, attribute);
  if (Object.keys(container).length === 0) Reflect.deleteProperty(draft, keyIn(draft, extension.id));
}

function patched(before: unknown, operation: PatchOperation, target: AttributeTarget): unknown {
  const { multiValued, type } = target.attribute;
  const isList = multiValued || (type === 'any' && isPatchedAsList(before, operation, target));
  return isList ? patchList(before, operation, target) : patchSingle(before, operation, target);
}

/** Of an attribute that no schema has, the value shows whether it is a list. */
const isPatchedAsList = (before: unknown, { op }: PatchOperation, { filter, sub }: AttributeTarget): boolean =>
  filter !== undefined || (Array.isArray(before) && (op !== 'replace' || sub !== undefined));

/**
 * The same attribute without its URN, as older resources have it. What the extension does not have may have the name of a core
 * attribute, which is another one.
 */
function dropShort(draft: Draft, { name, type }: Attribute): void {
  if (type === 'any') return;
  const key = keyIn(draft, name);
  if (Object.hasOwn(draft, key)) Reflect.deleteProperty(draft, key);
}

/** The name under which an object has something, whatever its case. */
function keyIn(values: Values, name: string): string {
  const wanted = name.toLowerCase();
  return Object.keys(values).find((key) => key.toLowerCase() === wanted) ?? name;
}

function containerOf(draft: Draft, urn: string): Draft {
  const key = keyIn(draft, urn);
  const known = Object.hasOwn(draft, key) ? draft[key] : undefined;
  if (isValues(known)) return known;
  if (known !== undefined) throw new ScimError(400, `${key} is not an object.`, 'invalidPath');
  const made: Draft = {};
  draft[key] = made;
  return made;
}

function assertMayBecome({ mutability, required }: Attribute, before: unknown, after: unknown, path: string): void {
  if (mutability === 'immutable' && before !== undefined && !sameJson(before, after))
    throw new ScimError(400, `${path} cannot be changed once it has a value.`, 'mutability');
  if (required && isUnassigned(after))
    throw new ScimError(400, `${path} is required and cannot be removed.`, 'mutability');
}

function patchSingle(before: unknown, { op, value }: PatchOperation, target: AttributeTarget): unknown {
  const { attribute, sub, path } = target;
  if (sub !== undefined) return patchPart(target, sub, before, op === 'remove' ? undefined : value);
  if (op === 'remove' || isUnassigned(value)) return undefined;
  const given = readSingle(attribute, value, path);
  if (!isValues(given) || !isValues(before)) return given;
  // §3.5.2.1, §3.5.2.3: of a complex value the named parts change, the others stay.
  const cleared = attribute.type === 'any' ? {} : unassigned(attribute, elementOf(value));
  return { ...withoutReference(before, given), ...given, ...cleared };
}

/** A reference belongs to its value: with another value the one of before leads elsewhere. */
function withoutReference(before: Values, given: Values): Values {
  const { $ref: _, ...others } = before;
  return given.value === undefined || given.value === before.value ? before : others;
}

/** The parts of a complex value that were named and given nothing. */
function unassigned({ subAttributes = [] }: Attribute, value: unknown): Values {
  const names = Object.entries(isValues(value) ? value : {}).flatMap(([name, part]) =>
    isUnassigned(part) ? (findAttribute(subAttributes, name)?.name ?? name) : [],
  );
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function patchPart({ attribute, path }: AttributeTarget, sub: Attribute, before: unknown, value: unknown): unknown {
  const isObject = isValues(before);
  const mayHaveParts = attribute.type === 'complex' || (attribute.type === 'any' && (isObject || before === undefined));
  if (!mayHaveParts)
    throw new ScimError(400, `${attribute.name} has no parts, so "${path}" names nothing.`, 'invalidPath');
  const given = readValue(sub, value, `${attribute.name}.${sub.name}`);
  if (given === undefined && sub.required)
    throw new ScimError(400, `${path} is required and cannot be removed.`, 'mutability');
  const key = isObject && sub.type === 'any' ? keyIn(before, sub.name) : sub.name;
  const parts: Draft = { ...(isObject ? withoutReference(before, { [key]: given }) : {}) };
  if (given === undefined) Reflect.deleteProperty(parts, key);
  else parts[key] = given;
  return Object.keys(parts).length === 0 ? undefined : parts;
}
