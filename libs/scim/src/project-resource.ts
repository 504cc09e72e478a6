import { resolvePath, splitUrn, type AttributePath } from './resolve-path.js';
import { isValues, type Values } from './read-value.js';
import { findExtension, topAttributes, type Attribute, type ResourceType } from './schema-model.js';

/** RFC 7644 §3.9: which attributes an answer has. */
export interface Projection {
  readonly attributes?: readonly string[];
  readonly excluded?: readonly string[];
}

/** `a,b` of a query, or the list of a search. */
export function namesOf(value: unknown): readonly string[] | undefined {
  const names = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(',') : [];
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  return given.length === 0 ? undefined : given;
}

interface Chosen {
  /** Key (attribute, or URN) → the parts that are meant; null: all. */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string> | null> | null>;
}

/** Whether an attribute will be in the answer: what is expensive need not be looked up otherwise. */
export function isReturned(type: ResourceType, { attributes, excluded }: Projection, name: string): boolean {
  const names = (list: readonly string[]): boolean =>
    list.some((path) => resolvePath(type, path)?.attribute.name.toLowerCase() === name.toLowerCase());
  if (attributes !== undefined) return names(attributes);
  const whole = (excluded ?? []).filter((path) => resolvePath(type, path)?.sub === undefined);
  return !names(whole);
}

/** A resource with what was asked for; `id` and `schemas` are always there. */
export function projectResource(type: ResourceType, resource: Values, { attributes, excluded }: Projection): Values {
  const chosen = choose(type, attributes ?? excluded ?? []);
  const wanted = attributes !== undefined;
  const top = new Map(topAttributes(type).map((one) => [one.name, one]));
  const entries = Object.entries(resource).flatMap(([name, value]): [string, unknown][] => {
    const extension = findExtension(type, name)?.schema;
    const parts = chosen.keys.get(name.toLowerCase());
    if (extension && isValues(value)) {
      const kept = projectParts(value, parts, wanted, new Map(extension.attributes.map((one) => [one.name, one])));
      return kept === undefined ? [] : [[name, kept]];
    }
    const kept = projectParts({ [name]: value }, ownParts(chosen, name), wanted, top);
    return kept === undefined ? [] : Object.entries(kept);
  });
  return Object.fromEntries(entries);
}

/** An attribute at the top, as if it were in a container of its own. */
function ownParts({ keys }: Chosen, name: string): ReadonlyMap<string, ReadonlySet<string> | null> | undefined {
  const own = keys.get('')?.get(name.toLowerCase());
  return own === undefined ? undefined : new Map([[name.toLowerCase(), own]]);
}

function projectParts(
  values: Values,
  parts: ReadonlyMap<string, ReadonlySet<string> | null> | null | undefined,
  wanted: boolean,
  attributes: ReadonlyMap<string, Attribute>,
): Values | undefined {
  const entries = Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
    const returned = attributes.get(name)?.returned ?? 'default';
    if (returned === 'never') return [];
    const subs = parts === null ? null : parts?.get(name.toLowerCase());
    const kept = returned === 'always' ? value : wanted ? included(value, subs) : excluded(value, subs, returned);
    return kept === undefined ? [] : [[name, kept]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The parts that are meant; null: all; undefined: the attribute is not meant. */
type Parts = ReadonlySet<string> | null | undefined;

function included(value: unknown, parts: Parts): unknown {
  if (parts === undefined) return undefined;
  return parts === null ? value : onlyParts(value, parts, true);
}

function excluded(value: unknown, parts: Parts, returned: Attribute['returned']): unknown {
  if (parts === undefined) return returned === 'request' ? undefined : value;
  return parts === null ? undefined : onlyParts(value, parts, false);
}

function onlyParts(value: unknown, names: ReadonlySet<string>, keep: boolean): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => onlyParts(one, names, keep));
  if (!isValues(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name.toLowerCase()) === keep));
}

/** Paths as a tree: container ('' for the top) → attribute → parts. */
function choose(type: ResourceType, paths: readonly string[]): Chosen {
  const keys = new Map<string, Map<string, Set<string> | null> | null>();
  for (const path of paths) {
    const { schema, rest } = splitUrn(type, path);
    if (schema !== undefined && rest === '') {
      keys.set(schema.id.toLowerCase(), null);
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
