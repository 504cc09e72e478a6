import {
  findAttribute,
  findExtension,
  topAttributes,
  type Attribute,
  type ResourceType,
  type Schema,
} from './schema-model.js';

/** What `[URN:]attribute[.subAttribute]` names. */
export interface AttributePath {
  /** The extension that the attribute belongs to; absent for the core schema and what is common. */
  readonly extension?: Schema;
  readonly attribute: Attribute;
  readonly sub?: Attribute;
}

/** Takes the URN of the type's core schema or of one of its extensions off a path; Microsoft's client puts a dot behind it. */
export function splitUrn(type: ResourceType, path: string): { readonly schema?: Schema; readonly rest: string } {
  const wanted = path.toLowerCase();
  const schemas = [type.schema, ...type.extensions.map(({ schema }) => schema)].sort(
    (a, b) => b.id.length - a.id.length,
  );
  const schema = schemas.find(
    ({ id }) => wanted === id.toLowerCase() || [':', '.'].some((sign) => wanted.startsWith(id.toLowerCase() + sign)),
  );
  return schema === undefined ? { rest: path } : { schema, rest: path.slice(schema.id.length + 1) };
}

/** The attribute that a path names (RFC 7644 §3.10), whatever its case; null when there is none. */
export function resolvePath(type: ResourceType, path: string): AttributePath | null {
  const { schema, rest } = splitUrn(type, path);
  const extension = schema && findExtension(type, schema.id)?.schema;
  const [name = '', subName, ...more] = rest.split('.');
  const attribute = findAttribute(extension?.attributes ?? topAttributes(type), name);
  if (attribute === undefined || more.length > 0) return null;
  const found = { ...(extension && { extension }), attribute };
  if (subName === undefined) return found;
  const sub = findAttribute(attribute.subAttributes ?? [], subName);
  return sub === undefined ? null : { ...found, sub };
}
