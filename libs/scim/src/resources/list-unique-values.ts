import { foldComparable } from '../schema/fold-resource.js';
import { isValues, type Values } from '../schema/read-value.js';
import type { Attribute, ResourceType, Schema } from '../schema/schema-model.js';

/** A value that no other resource may have, among those of one source or of the whole tenant. */
export interface UniqueValue {
  readonly scope: 'server' | 'global';
  /** The path that a client knows it by. */
  readonly path: string;
  /** In the form in which it is compared. */
  readonly key: string;
}

/** The schemas of a type that a tenant made; what is unique in the others has columns. */
const ownSchemas = ({ schema, extensions, registeredAs }: ResourceType): readonly Schema[] => [
  ...(registeredAs === undefined ? [] : [schema]),
  ...extensions.map((extension) => extension.schema),
];

const isUnique = ({ uniqueness, subAttributes = [] }: Attribute): boolean =>
  uniqueness !== 'none' || subAttributes.some(isUnique);

/** Whether a type has any, so that nobody looks where nothing can be. */
export const hasUniqueValues = (type: ResourceType): boolean =>
  ownSchemas(type).some(({ attributes }) => attributes.some(isUnique));

/** The values of a resource that must be nobody else's. */
export function listUniqueValues(type: ResourceType, resource: Values): readonly UniqueValue[] {
  return ownSchemas(type).flatMap((schema) => {
    const isCore = schema === type.schema;
    const container = isCore ? resource : resource[schema.id];
    const prefix = isCore ? '' : `${schema.id}:`;
    return isValues(container) ? valuesIn(schema.attributes, container, prefix) : [];
  });
}

function valuesIn(attributes: readonly Attribute[], values: Values, prefix: string): UniqueValue[] {
  return attributes.filter(isUnique).flatMap((attribute) => {
    const path = `${prefix}${attribute.name}`;
    const given = values[attribute.name];
    const list = Array.isArray(given) ? (given as unknown[]) : given === undefined ? [] : [given];
    return list.flatMap((value) => valuesOf(attribute, value, path));
  });
}

function valuesOf(attribute: Attribute, value: unknown, path: string): UniqueValue[] {
  if (isValues(value)) return valuesIn(attribute.subAttributes ?? [], value, `${path}.`);
  if (attribute.uniqueness === 'none' || value === null || value === '') return [];
  const key = typeof value === 'string' ? foldComparable(attribute, value) : JSON.stringify(value);
  return [{ scope: attribute.uniqueness, path, key }];
}
