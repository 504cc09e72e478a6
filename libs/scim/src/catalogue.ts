import { ENTERPRISE, GROUP, USER } from './core-schemas.js';
import type { ResourceType, Schema, SchemaExtension } from './schema-model.js';

/** An extension that a tenant registered. */
export interface RegisteredSchema {
  readonly resourceType: ResourceType['name'];
  readonly required: boolean;
  readonly schema: Schema;
}

/** What a tenant's resources are made of: the one truth for discovery, validation, filters and PATCH. */
export interface Catalogue {
  readonly user: ResourceType;
  readonly group: ResourceType;
  readonly schemas: readonly Schema[];
  /** Extensions of the tenant's own. */
  readonly own: readonly RegisteredSchema[];
}

/** The core schemas, and what the tenant added. */
export function catalogueOf(own: readonly RegisteredSchema[]): Catalogue {
  const added = (name: ResourceType['name']): SchemaExtension[] =>
    own.filter(({ resourceType }) => resourceType === name).map(({ schema, required }) => ({ schema, required }));
  return {
    user: {
      name: 'User',
      endpoint: '/Users',
      description: 'User Account',
      schema: USER,
      extensions: [{ schema: ENTERPRISE, required: false }, ...added('User')],
    },
    group: { name: 'Group', endpoint: '/Groups', description: 'Group', schema: GROUP, extensions: added('Group') },
    schemas: [USER, GROUP, ENTERPRISE, ...own.map(({ schema }) => schema)],
    own,
  };
}

export const CORE_CATALOGUE = catalogueOf([]);
