import { ConnectorError } from '../errors.js';
import type { AccountChange, AttributeValue, NewAccount, ObservedAccount } from '../spi.js';
import { sameButForCase } from '../compare-values.js';
import { readSwitch } from '../read-switch.js';
import { elementsAt, isObject, isTypedAs, member, parsePath, pickedElement, valueAt } from './attribute-path.js';
import type { AttributePath, Json } from './attribute-path.js';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** One operation of a PATCH request (RFC 7644 §3.5.2). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** The body that creates a user, nested as SCIM has it. Attributes without a value are left out. */
export function userBody(account: NewAccount): Json {
  const body: Record<string, unknown> = { externalId: account.externalId, active: account.enabled };
  const schemas = new Set([USER_SCHEMA]);
  for (const [name, value] of Object.entries(account.attributes)) {
    if (value === null) continue;
    const path = pathOf(name);
    if (path.schema !== undefined) schemas.add(path.schema);
    const container = path.schema === undefined ? body : nested(body, path.schema);
    place(container, path, value);
  }
  return { schemas: [...schemas], ...body };
}

/** The operations of an update; `current` is given when the app said that a value to be replaced is not there. */
export function userPatch(change: AccountChange, current?: Json): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  if (change.enabled !== undefined) operations.push({ op: 'replace', path: 'active', value: change.enabled });
  if (change.externalId !== undefined) operations.push({ op: 'replace', path: 'externalId', value: change.externalId });
  for (const [name, value] of Object.entries(change.attributes ?? {})) {
    const path = pathOf(name);
    if (current === undefined || path.filter === undefined) operations.push(plainOperation(name, path, value));
    else changeElement(operations, name, path, value, current);
  }
  return operations;
}

const plainOperation = (name: string, path: AttributePath, value: AttributeValue): PatchOperation =>
  value === null ? { op: 'remove', path: removalPath(name, path) } : { op: 'replace', path: name, value: wire(value) };

/** One value of a list, by what the list holds. The same value is never added twice, under whatever type it is kept. */
function changeElement(
  operations: PatchOperation[],
  name: string,
  path: AttributePath,
  value: AttributeValue,
  current: Json,
): void {
  const picked = pickedElement(current, path);
  if (isTypedAs(picked, path)) {
    operations.push(plainOperation(name, path, value));
    return;
  }
  const held = member(picked, 'value');
  // It is kept without its type, so the filter that names the type cannot meet it: its value does.
  if (typeof held === 'string') {
    const own = `${pathTo(path)}[value eq ${JSON.stringify(held)}]`;
    operations.push(plainOperation(path.sub === undefined ? own : `${own}.${path.sub}`, path, value));
    return;
  }
  const isThere = elementsAt(current, path).some((element) =>
    sameButForCase(member(element, 'value') as string, value),
  );
  if (value !== null && !isThere) addElement(operations, path, value);
}

/** A user of the app in our terms. Tolerant: a boolean may be a text or a number, and whoever has no `active` is active. */
export function observedUser(resource: Json, attributes: readonly string[]): ObservedAccount {
  const values = attributes.map((name) => [name, valueAt(resource, pathOf(name))] as const);
  return {
    id: idOf(resource) ?? '',
    externalId: idText(member(resource, 'externalId')),
    enabled: readSwitch(member(resource, 'active')),
    attributes: Object.fromEntries(values),
  };
}

/** A resource's id, wherever it stands. */
export const idOf = (resource: unknown): string | undefined => idText(member(resource, 'id'));

/** An id as text; some apps have numbers for ids. A number that JSON does not carry exactly is no id. */
export function idText(id: unknown): string | undefined {
  if (typeof id === 'string') return id === '' ? undefined : id;
  return Number.isSafeInteger(id) ? String(id) : undefined;
}

/** Whether an answer is about the resource that was asked for. */
export const isAbout = (resource: unknown, id: string): resource is Json =>
  idOf(resource)?.toLowerCase() === id.toLowerCase();

/** The parsed target attribute; throws `invalid`, though opening an application refuses such a one before. */
export function pathOf(name: string): AttributePath {
  const path = parsePath(name);
  if (path) return path;
  throw new ConnectorError('invalid', `"${name}" is not a SCIM attribute path`);
}

/** Whether a change asks for nothing. */
export function isEmpty({ enabled, externalId, attributes = {} }: AccountChange): boolean {
  return enabled === undefined && externalId === undefined && Object.keys(attributes).length === 0;
}

function place(container: Record<string, unknown>, path: AttributePath, value: AttributeValue): void {
  const { name, filter, sub } = path;
  if (filter === undefined && sub === undefined) container[name] = wire(value);
  else if (filter === undefined) nested(container, name)[sub ?? 'value'] = value;
  else element(container, name, filter)[sub ?? 'value'] = value;
}

function nested(container: Record<string, unknown>, name: string): Record<string, unknown> {
  const known = container[name];
  if (isObject(known)) return known;
  const created: Record<string, unknown> = {};
  container[name] = created;
  return created;
}

// Several attributes of one element (`addresses[type eq "work"].locality`, `.country`) share it.
function element(container: Record<string, unknown>, name: string, filter: { name: string; value: string }) {
  const elements = (container[name] ?? []) as Record<string, unknown>[];
  container[name] = elements;
  const known = elements.find((candidate) => candidate[filter.name] === filter.value);
  if (known) return known;
  const created: Record<string, unknown> = { [filter.name]: filter.value };
  elements.push(created);
  return created;
}

// Several attributes of one missing element make one `add`: two would make two elements of the same type.
function addElement(operations: PatchOperation[], { schema, name, filter, sub }: AttributePath, value: AttributeValue) {
  if (filter === undefined) return;
  const path = pathTo({ schema, name });
  const added = operations.filter((operation) => operation.op === 'add' && operation.path === path);
  const elements = added.flatMap((operation) => operation.value as Record<string, unknown>[]);
  const known = elements.find((element) => element[filter.name] === filter.value);
  if (known) known[sub ?? 'value'] = value;
  else operations.push({ op: 'add', path, value: [{ [filter.name]: filter.value, [sub ?? 'value']: value }] });
}

const pathTo = ({ schema, name }: Pick<AttributePath, 'schema' | 'name'>): string =>
  schema === undefined ? name : `${schema}:${name}`;

// An e-mail address without its `value` is not one: the whole element goes.
function removalPath(name: string, { filter, sub }: AttributePath): string {
  return filter !== undefined && sub?.toLowerCase() === 'value' ? name.replace(/\.[^.\]]+$/, '') : name;
}

function wire(value: AttributeValue): unknown {
  return Array.isArray(value) ? value.map((text: string) => ({ value: text })) : value;
}
