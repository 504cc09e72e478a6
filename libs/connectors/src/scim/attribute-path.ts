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

/** The one value that the path's filter picks; without a filter there is nothing to pick. */
export function pickedElement(resource: Json, path: AttributePath): unknown {
  return path.filter === undefined ? undefined : elementOf(elementsAt(resource, path), path.filter);
}

/** Every value of a multi-valued attribute. */
export function elementsAt(resource: Json, path: AttributePath): readonly unknown[] {
  const container = path.schema === undefined ? resource : member(resource, path.schema);
  const attribute = member(container, path.name);
  return Array.isArray(attribute) ? (attribute as unknown[]) : [];
}

/** Whether an element carries the type, or whatever else, that the path's filter asks for. */
export function isTypedAs(element: unknown, { filter }: AttributePath): boolean {
  return filter !== undefined && sameText(member(element, filter.name), filter.value);
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

const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** The same text without regard to case or Unicode form; whatever is not a text is never the same. */
export function sameText(value: unknown, text: string): boolean {
  return typeof value === 'string' && folded(value) === folded(text);
}

/**
 * The element that a filter picks. Some applications do not keep the type of an address, or know only "other": one that has no
 * type of its own is then the one that is meant.
 */
function elementOf(attribute: unknown, filter: { name: string; value: string }): unknown {
  const elements = Array.isArray(attribute) ? (attribute as unknown[]) : [];
  const exact = elements.find((element) => sameText(member(element, filter.name), filter.value));
  if (exact !== undefined || filter.name.toLowerCase() !== 'type') return exact;
  const untyped = elements.filter((element) => isUntyped(member(element, 'type')));
  return untyped.length === 0 ? undefined : primaryOf(untyped);
}

const isUntyped = (type: unknown): boolean =>
  type === undefined || type === null || type === '' || sameText(type, 'other');

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
