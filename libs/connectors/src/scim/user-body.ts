import { ConnectorError } from '../errors.js';
import type { AccountChange, AttributeValue, NewAccount, ObservedAccount } from '../spi.js';
import { hasElement, isObject, member, parsePath, sameText, valueAt } from './attribute-path.js';
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
    const exists = current === undefined || hasElement(current, path);
    if (value !== null && exists) operations.push({ op: 'replace', path: name, value: wire(value) });
    else if (value !== null) addElement(operations, path, value);
    else if (exists) operations.push({ op: 'remove', path: removalPath(name, path) });
  }
  return operations;
}

/** A user of the app in our terms. Tolerant: a boolean may be a text, and whoever has no `active` is active. */
export function observedUser(resource: Json, attributes: readonly string[]): ObservedAccount {
  const externalId = member(resource, 'externalId');
  const values = attributes.map((name) => [name, valueAt(resource, pathOf(name))] as const);
  return {
    id: idOf(resource) ?? '',
    externalId: typeof externalId === 'string' && externalId !== '' ? externalId : undefined,
    enabled: isActive(member(resource, 'active')),
    attributes: Object.fromEntries(values),
  };
}

/** A resource's id; some apps have numbers for ids. */
export function idOf(resource: unknown): string | undefined {
  const id = member(resource, 'id');
  return typeof id === 'number' || (typeof id === 'string' && id !== '') ? String(id) : undefined;
}

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

function isActive(value: unknown): boolean {
  return value === undefined || value === null || value === true || sameText(value, 'true');
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
  const path = schema === undefined ? name : `${schema}:${name}`;
  const added = operations.filter((operation) => operation.op === 'add' && operation.path === path);
  const elements = added.flatMap((operation) => operation.value as Record<string, unknown>[]);
  const known = elements.find((element) => element[filter.name] === filter.value);
  if (known) known[sub ?? 'value'] = value;
  else operations.push({ op: 'add', path, value: [{ [filter.name]: filter.value, [sub ?? 'value']: value }] });
}

// An e-mail address without its `value` is not one: the whole element goes.
function removalPath(name: string, { filter, sub }: AttributePath): string {
  return filter !== undefined && sub?.toLowerCase() === 'value' ? name.replace(/\.[^.\]]+$/, '') : name;
}

function wire(value: AttributeValue): unknown {
  return Array.isArray(value) ? value.map((text: string) => ({ value: text })) : value;
}
