import { resolvePath, splitUrn, type AttributePath } from './resolve-path.js';
import {
  anyAttribute,
  findAttribute,
  findExtension,
  isForbidden,
  type ResourceType,
  type Schema,
} from './schema-model.js';

const isName = (name: string): boolean => /^[^[\]"]+$/.test(name) && name.trim() !== '' && !isForbidden(name);

/** The attribute that a path names, be it one that no schema has: what a POST keeps, a PATCH can set. */
export function resolveAny(type: ResourceType, path: string): AttributePath | null {
  const known = resolvePath(type, path);
  if (known) return known;
  const { schema, rest } = splitUrn(type, path);
  const extension = schema && findExtension(type, schema.id)?.schema;
  const [name = '', part, ...more] = rest.split('.');
  if (more.length > 0) return null;
  const owner = resolvePath(type, schema === undefined ? name : `${schema.id}:${name}`);
  return owner === null ? anyIn(extension, name, part) : part === undefined ? owner : withAnyPart(owner, part);
}

/** An attribute that no schema has, at the top or below a URN. */
export function anyIn(extension: Schema | undefined, name: string, part?: string): AttributePath | null {
  if (!isName(name)) return null;
  const found = { ...(extension && { extension }), attribute: anyAttribute(name) };
  return part === undefined ? found : withAnyPart(found, part);
}

/** A part of an attribute, known or not; simple values have none. */
export function withAnyPart(found: AttributePath, part: string): AttributePath {
  const sub = findAttribute(found.attribute.subAttributes ?? [], part) ?? anyAttribute(part);
  return { ...found, sub };
}

/** A container that no schema describes. */
const unregistered = (urn: string): Schema => ({ id: urn, name: urn, description: '', attributes: [] });

/** `urn:…:2.0:User`, and what stands behind it. */
const VERSIONED = /^(urn:.+?:\d+(?:\.\d+)*:[a-z]\w*)(?:[:.](.+))?$/i;

export interface UnregisteredPath {
  readonly extension: Schema;
  /** Empty: the container as a whole. */
  readonly rest: string;
}

/** Where the URN of a path ends: as the resource has it, or else as URNs of SCIM are written. */
export function splitUnregistered(path: string, known: readonly string[], value: unknown): UnregisteredPath {
  const [stored] = known.filter((urn) => beginsWith(path, urn)).sort((a, b) => b.length - a.length);
  if (stored !== undefined) return { extension: unregistered(stored), rest: path.slice(stored.length + 1) };
  const [, urn, rest = ''] = VERSIONED.exec(path) ?? [];
  if (urn !== undefined && rest !== '') return { extension: unregistered(urn), rest };
  if (value === undefined || typeof value === 'object') return { extension: unregistered(path), rest: '' };
  const at = /:[^:[]*(\[.*)?$/.exec(path)?.index ?? 0;
  return { extension: unregistered(path.slice(0, at)), rest: path.slice(at + 1) };
}

const beginsWith = (path: string, urn: string): boolean =>
  /^urn:/i.test(urn) &&
  path.toLowerCase().startsWith(urn.toLowerCase()) &&
  [undefined, ':', '.'].includes(path[urn.length]);
