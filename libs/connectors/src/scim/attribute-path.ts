import type { AttributeValue } from '../spi.js';

/** An attribute in a SCIM resource: `[urn:…:User:]name[[type eq "work"]][.sub]`. */
export interface AttributePath {
  /** The extension's schema; absent: the core. */
  readonly schema?: string;
  readonly name: string;
  /** Picks one value of a multi-valued attribute. */
  readonly filter?: { readonly name: string; readonly value: string };
  readonly sub?: string;
}

export type Json = Readonly<Record<string, unknown>>;

const PATH =
  /^(?:(urn:[\w.:-]+):)?([A-Za-z][\w$-]*)(?:\[\s*([A-Za-z]\w*)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*\])?(?:\.([A-Za-z$][\w$-]*))?$/;

/** The parsed path; `undefined` when it is not one. */
export function parsePath(text: string): AttributePath | undefined {
  const match = PATH.exec(text);
  if (!match?.[2]) return undefined;
  const [, schema, name, filterName, filterValue, sub] = match;
  const filter = filterName === undefined ? undefined : { name: filterName, value: unescape(filterValue ?? '') };
  return { schema, name, filter, sub };
}

/** The attribute's value in a resource, in our terms. Names are found in any case (RFC 7643 §2.1). */
export function valueAt(resource: Json, path: AttributePath): AttributeValue {
  const container = path.schema === undefined ? resource : member(resource, path.schema);
  const attribute = member(container, path.name);
  const picked = path.filter ? elementOf(attribute, path.filter) : attribute;
  if (path.sub === undefined) return toValue(picked);
  // Some providers write a complex value with a `value` in it, such as a manager, as that value alone.
  const isBare = path.sub.toLowerCase() === 'value' && (typeof picked === 'string' || typeof picked === 'number');
  return toValue(isBare ? picked : member(Array.isArray(picked) ? primaryOf(picked) : picked, path.sub));
}

/** Whether the one value that the path's filter picks exists; without a filter there is nothing to pick. */
export function hasElement(resource: Json, path: AttributePath): boolean {
  if (path.filter === undefined) return true;
  const container = path.schema === undefined ? resource : member(resource, path.schema);
  return elementOf(member(container, path.name), path.filter) !== undefined;
}

/** The member of an object by its name in any case. */
export function member(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  const key = Object.keys(value).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : value[key];
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same text without regard to case; whatever is not a text is never the same. */
export function sameText(value: unknown, text: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === text.toLowerCase();
}

function elementOf(attribute: unknown, filter: { name: string; value: string }): unknown {
  const elements = Array.isArray(attribute) ? (attribute as unknown[]) : [];
  return elements.find((element) => sameText(member(element, filter.name), filter.value));
}

function primaryOf(elements: readonly unknown[]): unknown {
  const isPrimary = (primary: unknown) => primary === true || sameText(primary, 'true');
  return elements.find((element) => isPrimary(member(element, 'primary'))) ?? elements[0];
}

function toValue(value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (!Array.isArray(value)) return null;
  const texts = value.map((element: unknown) => (isObject(element) ? member(element, 'value') : element));
  const plain = texts.filter((text): text is string => typeof text === 'string');
  // RFC 7643 §2.5: an empty list and no value are the same.
  return plain.length === 0 ? null : plain;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
