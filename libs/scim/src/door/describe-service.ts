import type { Catalogue } from '../schema/catalogue.js';
import { LIMITS } from '../protocol/limits.js';
import { DISCOVERY_SCHEMAS, RESOURCE_TYPE_SCHEMA, SCHEMA_SCHEMA, SERVICE_SCHEMA } from '../schema/discovery-schemas.js';
import type { Attribute, ResourceType, Schema } from '../schema/schema-model.js';

const metaOf = (resourceType: string, location: string): object => ({ meta: { resourceType, location } });

/** RFC 7643 §5: what this server can do. */
export const describeService = (base: string): object => ({
  schemas: [SERVICE_SCHEMA],
  documentationUri: 'https://www.rfc-editor.org/rfc/rfc7644',
  patch: { supported: true },
  bulk: { supported: true, maxOperations: LIMITS.bulkOperations, maxPayloadSize: LIMITS.payloadBytes },
  filter: { supported: true, maxResults: LIMITS.maxCount },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  // RFC 9865 §4: Okta and Entra page by index, so that stays the default.
  pagination: {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: LIMITS.defaultCount,
    maxPageSize: LIMITS.maxCount,
    cursorTimeout: LIMITS.cursorSeconds,
  },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'OAuth Bearer Token',
      description: 'The token of the source, in the Authorization header.',
      specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
      primary: true,
    },
    {
      type: 'oauth2',
      name: 'OAuth 2 client credentials',
      description: `A client of the source gets short-lived tokens at ${base}/token.`,
      specUri: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.4',
      primary: false,
    },
  ],
  ...metaOf('ServiceProviderConfig', `${base}/ServiceProviderConfig`),
});

/** RFC 7643 §6. */
const describeResourceType = (base: string, type: ResourceType): { readonly id: string } => ({
  ...{ schemas: [RESOURCE_TYPE_SCHEMA] },
  id: type.name,
  ...{ name: type.name, endpoint: type.endpoint, description: type.description, schema: type.schema.id },
  ...{ schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })) },
  ...metaOf('ResourceType', `${base}/ResourceTypes/${type.name}`),
});

/** RFC 7643 §7. */
const describeSchema = (base: string, { id, name, description, attributes }: Schema): { readonly id: string } => ({
  id,
  ...{ schemas: [SCHEMA_SCHEMA], name, description, attributes: attributes.map(describeAttribute) },
  ...metaOf('Schema', `${base}/Schemas/${id}`),
});

function describeAttribute({ subAttributes, type, caseExact, ...rest }: Attribute): object {
  return {
    ...rest,
    type,
    // A boolean or a number has no case.
    ...((type === 'string' || type === 'reference' || type === 'binary') && { caseExact }),
    // Clients read it of every reference; schemas registered earlier have none.
    ...(type === 'reference' && { referenceTypes: rest.referenceTypes ?? ['uri'] }),
    ...(subAttributes && { subAttributes: subAttributes.map(describeAttribute) }),
  };
}

export const describeResourceTypes = (base: string, { types }: Catalogue): { readonly id: string }[] =>
  types.map((type) => describeResourceType(base, type));

/** The schemas of the tenant's resources, and those of discovery itself. */
export const describeSchemas = (base: string, { schemas }: Catalogue): { readonly id: string }[] =>
  [...schemas, ...DISCOVERY_SCHEMAS].map((schema) => describeSchema(base, schema));
