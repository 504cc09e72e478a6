import { ENTERPRISE, GROUP, USER } from './core-schemas.js';
import type { ResourceType, Schema, SchemaExtension } from './schema-model.js';

/** An extension that a tenant registered. */
export interface RegisteredSchema {
  /** `User`, `Group`, or the name of a type of the tenant's own. */
  readonly resourceType: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** A resource type that a tenant registered. */
export interface RegisteredType {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  readonly description: string;
  readonly schema: Schema;
}

/** What a tenant's resources are made of: the one truth for discovery, validation, filters and PATCH. */
export interface Catalogue {
  readonly user: ResourceType;
  readonly group: ResourceType;
  /** Users, groups, and types of the tenant's own. */
  readonly types: readonly ResourceType[];
  readonly schemas: readonly Schema[];
  /** Extensions of the tenant's own. */
  readonly own: readonly RegisteredSchema[];
}

/** The core schemas, and what the tenant added. */
export function catalogueOf(own: readonly RegisteredSchema[], registered: readonly RegisteredType[] = []): Catalogue {
  const added = (name: string): SchemaExtension[] =>
    own.filter(({ resourceType }) => resourceType === name).map(({ schema, required }) => ({ schema, required }));
  const user: ResourceType = {
    name: 'User',
    endpoint: '/Users',
    description: 'User Account',
    schema: USER,
    extensions: [{ schema: ENTERPRISE, required: false }, ...added('User')],
  };
  const group: ResourceType = {
    name: 'Group',
    endpoint: '/Groups',
    description: 'Group',
    schema: GROUP,
    extensions: added('Group'),
  };
  const others = registered.map(({ id, ...type }): ResourceType => ({
    ...type,
    registeredAs: id,
    extensions: added(type.name),
  }));
  return {
    user,
    group,
    types: [user, group, ...others],
    schemas: [USER, GROUP, ENTERPRISE, ...others.map(({ schema }) => schema), ...own.map(({ schema }) => schema)],
    own,
  };
}

export const CORE_CATALOGUE = catalogueOf([]);

/** The type that is served at an address such as `Users`, whatever its case. */
export const typeAt = ({ types }: Catalogue, endpoint: string): ResourceType | undefined => {
  const wanted = `/${endpoint.toLowerCase()}`;
  return types.find((type) => type.endpoint.toLowerCase() === wanted);
};
