import { ScimError } from '../protocol/scim-error.js';
import { resolvePath, splitUrn, type AttributePath } from '../schema/resolve-path.js';
import { isValues, type Values } from '../schema/read-value.js';
import { findExtension, topAttributes, type Attribute, type ResourceType } from '../schema/schema-model.js';

/** RFC 7644 §3.9: which attributes an answer has. */
export interface Projection {
  readonly attributes?: readonly string[];
  readonly excluded?: readonly string[];
  /** What a write named: of that, attributes that are `returned: request` are in its answer (RFC 7643 §7). */
  readonly written?: readonly string[];
}

/** `a,b` of a query, or the list of a search. */
export function namesOf(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  if (!list.every((one) => typeof one === 'string'))
    throw new ScimError(400, 'Names of attributes must be texts.', 'invalidValue');
  // Microsoft's tests choose values by a filter; the attribute that it is about has them.
  const names = list.flatMap((one) => one.replace(/\[[^[\]]*\]/g, '').split(','));
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  return given.length === 0 ? undefined : given;
}

const isOnRequest = ({ returned, subAttributes = [] }: Attribute): boolean =>
  returned === 'request' || subAttributes.some(isOnRequest);

/** The paths that the body of a POST, PUT or PATCH names; none where no attribute of the type asks who named it. */
export function writtenPaths(type: ResourceType, body: unknown): readonly string[] {
  const schemas = [type.schema, ...type.extensions.map(({ schema }) => schema)];
  if (!isValues(body) || !schemas.some(({ attributes }) => attributes.some(isOnRequest))) return [];
  const operations = body.Operations ?? body.operations;
  if (!Array.isArray(operations)) return pathsIn(type, body);
  return operations
    .filter(isValues)
    .flatMap(({ path, value }) => (typeof path === 'string' ? (namesOf(path) ?? []) : pathsIn(type, value)));
}

const pathsIn = (type: ResourceType, values: unknown): string[] =>
  Object.entries(isValues(values) ? values : {}).flatMap(([name, value]) =>
    findExtension(type, name) && isValues(value) ? Object.keys(value).map((part) => `${name}:${part}`) : [name],
  );

/** The URN of the type's own schema: all that it has. */
const isWhole = (type: ResourceType, path: string): boolean => path.toLowerCase() === type.schema.id.toLowerCase();

interface Chosen {
  /** Key (attribute, or URN) → the parts that are meant; null: all. */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string> | null> | null>;
}

/** Whether an attribute will be in the answer: what is expensive need not be looked up otherwise. */
export function isReturned(type: ResourceType, { attributes, excluded }: Projection, name: string): boolean {
  const names = (list: readonly string[]): boolean =>
    list.some(
      (path) => isWhole(type, path) || resolvePath(type, path)?.attribute.name.toLowerCase() === name.toLowerCase(),
    );
  if (attributes !== undefined) return names(attributes);
  const whole = (excluded ?? []).filter((path) => resolvePath(type, path)?.sub === undefined);
  return !names(whole);
}

/** A resource with what was asked for; `id` and `schemas` are always there. */
export function projectResource(type: ResourceType, resource: Values, projection: Projection): Values {
  const { attributes, excluded, written = [] } = projection;
  const chosen = choose(type, attributes ?? excluded ?? []);
  const wanted = attributes !== undefined;
  const named = choose(type, wanted ? [] : written);
  const top = new Map(topAttributes(type).map((one) => [one.name, one]));
  const entries = Object.entries(resource).flatMap(([name, value]): [string, unknown][] => {
    const extension = findExtension(type, name)?.schema;
    const parts = chosen.keys.get(name.toLowerCase());
    if (extension && isValues(value)) {
      const own = new Map(extension.attributes.map((one) => [one.name, one]));
      const kept = projectParts(value, { parts, wanted, written: named.keys.get(name.toLowerCase()) }, own);
      return kept === undefined ? [] : [[name, kept]];
    }
    const asked = { parts: ownParts(chosen, name), wanted, written: ownParts(named, name) };
    const kept = projectParts({ [name]: value }, asked, top);
    return kept === undefined ? [] : Object.entries(kept);
  });
  return Object.fromEntries(entries);
}

/** An attribute at the top, as if it were in a container of its own. */
function ownParts({ keys }: Chosen, name: string): PartsOf {
  const all = keys.get('');
  const own = all === null ? null : all?.get(name.toLowerCase());
  return own === undefined ? undefined : new Map([[name.toLowerCase(), own]]);
}

/** Attribute → its parts that are meant (null: all); null: every attribute; undefined: none. */
type PartsOf = ReadonlyMap<string, ReadonlySet<string> | null> | null | undefined;

/** What is asked of a container's attributes, or of an attribute's parts. */
interface Asked<T> {
  readonly parts: T;
  /** `parts` are wanted; else they are to be left out. */
  readonly wanted: boolean;
  /** What the write named; nothing where `parts` are wanted. */
  readonly written: T;
}

const partsOf = (parts: PartsOf, name: string): Parts => (parts === null ? null : parts?.get(name.toLowerCase()));

function projectParts(
  values: Values,
  { parts, wanted, written }: Asked<PartsOf>,
  attributes: ReadonlyMap<string, Attribute>,
): Values | undefined {
  const entries = Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
    const attribute = attributes.get(name);
    const asked = { parts: partsOf(parts, name), wanted, written: partsOf(written, name) };
    if (!isKept(attribute?.returned, asked)) return [];
    const kept = withParts(value, attribute, asked);
    return isEmpty(kept) ? [] : [[name, kept]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The parts that are meant; null: all; undefined: the attribute is not meant. */
type Parts = ReadonlySet<string> | null | undefined;

/** RFC 7643 §7, `returned`, against what was asked for (`wanted`) or asked to be left out, and what the write named. */
function isKept(returned: Attribute['returned'] = 'default', { parts, wanted, written }: Asked<Parts>): boolean {
  if (returned === 'never' || returned === 'always') return returned === 'always';
  if (wanted) return parts !== undefined;
  return parts === undefined ? returned === 'default' || written !== undefined : parts !== null;
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isValues(value) && Object.keys(value).length === 0;

/** A value with those of its parts that are meant. */
function withParts(value: unknown, attribute: Attribute | undefined, asked: Asked<Parts>): unknown {
  const { parts, wanted, written } = asked;
  const { subAttributes = [] } = attribute ?? {};
  const isPlain = subAttributes.every(({ returned }) => returned === 'default');
  if (isPlain && (parts === null || parts === undefined)) return value;
  if (Array.isArray(value))
    return value.map((one: unknown) => withParts(one, attribute, asked)).filter((one) => !isEmpty(one));
  if (!isValues(value)) return value;
  const known = new Map(subAttributes.map((sub) => [sub.name, sub.returned]));
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => {
      const returned = known.get(name) ?? 'default';
      if (returned !== 'default' && returned !== 'request') return returned === 'always';
      const isNamed = parts instanceof Set && parts.has(name.toLowerCase());
      if (wanted && parts instanceof Set) return isNamed;
      const isWritten = written === null || written?.has(name.toLowerCase()) === true;
      return !isNamed && (returned === 'default' || isWritten);
    }),
  );
}

/** Paths as a tree: container ('' for the top) → attribute → parts. */
function choose(type: ResourceType, paths: readonly string[]): Chosen {
  const keys = new Map<string, Map<string, Set<string> | null> | null>();
  for (const path of paths) {
    const { schema, rest } = splitUrn(type, path);
    if (schema !== undefined && rest === '') {
      keys.set(isWhole(type, path) ? '' : schema.id.toLowerCase(), null);
      continue;
    }
    const found = resolvePath(type, path);
    if (found) add(keys, found);
  }
  return { keys };
}

function add(keys: Map<string, Map<string, Set<string> | null> | null>, found: AttributePath): void {
  const container = found.extension?.id.toLowerCase() ?? '';
  const known = keys.get(container);
  if (known === null) return;
  const parts = known ?? new Map<string, Set<string> | null>();
  const name = found.attribute.name.toLowerCase();
  const subs = parts.get(name);
  if (found.sub === undefined || subs === null) parts.set(name, null);
  else parts.set(name, new Set([...(subs ?? []), found.sub.name.toLowerCase()]));
  keys.set(container, parts);
}
