import { ENTERPRISE_SCHEMA } from './core-schemas.js';
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
  const [name = '', subName, ...more] = rest.split('.');
  const found = more.length > 0 ? null : findNamed(type, schema, name);
  if (found === null || subName === undefined) return found;
  const sub = findAttribute(found.attribute.subAttributes ?? [], subName);
  return sub === undefined ? null : { ...found, sub };
}

/** Without a URN, attributes of the enterprise extension are found too: Entra leaves theirs out. */
function findNamed(type: ResourceType, schema: Schema | undefined, name: string): AttributePath | null {
  const extension = schema && findExtension(type, schema.id)?.schema;
  const attribute = findAttribute(extension?.attributes ?? topAttributes(type), name);
  if (attribute !== undefined) return { ...(extension && { extension }), attribute };
  const enterprise = schema === undefined ? findExtension(type, ENTERPRISE_SCHEMA)?.schema : undefined;
  const short = enterprise && findAttribute(enterprise.attributes, name);
  return enterprise && short ? { extension: enterprise, attribute: short } : null;
}
