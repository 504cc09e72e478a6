import { sameJson } from '@tenure/platform';
import { patchList } from './patch-list.js';
import { parseTarget, type PatchOperation, type Target } from './parse-patch.js';
import { completed } from './read-resource.js';
import { isUnassigned, isValues, readOne, readValue, type Values } from './read-value.js';
import { ScimError } from './scim-error.js';
import { findAttribute, type Attribute, type ResourceType } from './schema-model.js';

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
  const patched = completed(type, draft);
  return sameJson(patched, resource) ? resource : patched;
}

function apply(type: ResourceType, draft: Draft, operation: PatchOperation): void {
  const { op, target, value } = operation;
  if (target === null) {
    if (op === 'remove') throw new ScimError(400, 'A remove needs a path.', 'noTarget');
    return applyPathless(type, draft, operation);
  }
  if (target.kind === 'extension') {
    if (op === 'remove') return void Reflect.deleteProperty(draft, target.extension.id);
    if (!isValues(value)) throw new ScimError(400, `${target.path} must be an object.`, 'invalidValue');
    // Clients that take an extension for a resource write its URN inside, too.
    for (const [name, part] of Object.entries(value).filter(([key]) => key.toLowerCase() !== 'schemas'))
      applyNamed(type, draft, { ...operation, value: part }, `${target.extension.id}:${name}`);
    return;
  }
  applyTo(draft, operation, target);
}

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
  if (attribute.mutability === 'writeOnly') return;
  const container = extension ? containerOf(draft, extension.id) : draft;
  const before = container[attribute.name];
  const after = attribute.multiValued ? patchList(before, operation, target) : patchSingle(before, operation, target);
  assertMayBecome(attribute, before, after, path);
  if (isUnassigned(after)) Reflect.deleteProperty(container, attribute.name);
  else container[attribute.name] = after;
  if (extension && Object.keys(container).length === 0) Reflect.deleteProperty(draft, extension.id);
}

function containerOf(draft: Draft, urn: string): Draft {
  const known = draft[urn];
  if (isValues(known)) return known;
  const made: Draft = {};
  draft[urn] = made;
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
  if (sub !== undefined) return patchPart(attribute, sub, before, op === 'remove' ? undefined : value);
  if (op === 'remove' || isUnassigned(value)) return undefined;
  const given = readOne(attribute, value, path);
  // §3.5.2.1, §3.5.2.3: of a complex value the named parts change, the others stay.
  return isValues(given) && isValues(before) ? { ...before, ...given, ...unassigned(attribute, value) } : given;
}

/** The parts of a complex value that were named and given nothing. */
function unassigned({ subAttributes = [] }: Attribute, value: unknown): Values {
  const names = Object.entries(isValues(value) ? value : {}).flatMap(([name, part]) =>
    isUnassigned(part) ? (findAttribute(subAttributes, name)?.name ?? []) : [],
  );
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function patchPart(attribute: Attribute, sub: Attribute, before: unknown, value: unknown): Values | undefined {
  const parts: Draft = { ...(isValues(before) ? before : {}) };
  const given = readValue(sub, value, `${attribute.name}.${sub.name}`);
  if (given === undefined) Reflect.deleteProperty(parts, sub.name);
  else parts[sub.name] = given;
  return Object.keys(parts).length === 0 ? undefined : parts;
}
