import { attribute, type Attribute, type Schema } from './schema-model.js';

export const SERVICE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';
export const RESOURCE_TYPE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
export const SCHEMA_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

type More = Partial<Omit<Attribute, 'name' | 'description'>>;

const readOnly = (name: string, description: string, more: More = {}): Attribute =>
  attribute(name, description, { mutability: 'readOnly', ...more });
const required = (name: string, description: string, more: More = {}): Attribute =>
  readOnly(name, description, { required: true, ...more });
const boolean: More = { type: 'boolean' };
const integer: More = { type: 'integer' };
const reference = (...referenceTypes: string[]): More => ({ type: 'reference', caseExact: true, referenceTypes });
const parts = (...subAttributes: Attribute[]): More => ({ subAttributes });

const SUPPORTED = required('supported', 'Whether it is supported.', boolean);

/** RFC 7643 §5, and `pagination` of RFC 9865 §4. */
const SERVICE: Schema = {
  id: SERVICE_SCHEMA,
  name: 'Service Provider Configuration',
  description: 'What this server supports.',
  attributes: [
    readOnly('documentationUri', 'The address of the documentation.', reference('external')),
    required('patch', 'Changes of parts of a resource.', parts(SUPPORTED)),
    required(
      'bulk',
      'Several operations in one request.',
      parts(
        SUPPORTED,
        required('maxOperations', 'The most operations in one request.', integer),
        required('maxPayloadSize', 'The largest request, in bytes.', integer),
      ),
    ),
    required(
      'filter',
      'Filters of lists.',
      parts(SUPPORTED, required('maxResults', 'The most resources in one answer.', integer)),
    ),
    required('changePassword', 'Changes of passwords.', parts(SUPPORTED)),
    required('sort', 'The order of lists.', parts(SUPPORTED)),
    required('etag', 'Versions of resources.', parts(SUPPORTED)),
    readOnly(
      'pagination',
      'Pages of lists.',
      parts(
        required('cursor', 'Whether pages by cursor are supported.', boolean),
        required('index', 'Whether pages by index are supported.', boolean),
        readOnly('defaultPaginationMethod', 'Which of both is used unless the client asks.', {
          canonicalValues: ['cursor', 'index'],
        }),
        readOnly('defaultPageSize', 'How many resources a page has unless the client asks.', integer),
        readOnly('maxPageSize', 'The most resources in a page.', integer),
        readOnly('cursorTimeout', 'How long a cursor can be used, in seconds.', integer),
      ),
    ),
    required('authenticationSchemes', 'How a client proves who it is.', {
      multiValued: true,
      ...parts(
        required('type', 'The kind of the scheme.', {
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
        }),
        required('name', 'The name of the scheme.'),
        required('description', 'What the scheme is.'),
        readOnly('specUri', 'The address of its specification.', reference('external')),
        readOnly('documentationUri', 'The address of its documentation.', reference('external')),
        readOnly('primary', 'Whether this scheme is preferred.', boolean),
      ),
    }),
  ],
};

/** RFC 7643 §6. */
const RESOURCE_TYPE: Schema = {
  id: RESOURCE_TYPE_SCHEMA,
  name: 'Resource Type',
  description: 'A type of resources that this server has.',
  attributes: [
    readOnly('id', 'The identifier of the type; the same as its name.', { caseExact: true }),
    required('name', 'The name of the type.'),
    readOnly('description', 'What the type is for.'),
    required('endpoint', 'The address of its resources, below that of the server.', reference('uri')),
    required('schema', 'The URN of its schema.', reference('uri')),
    readOnly('schemaExtensions', 'The schemas that extend it.', {
      multiValued: true,
      ...parts(
        required('schema', 'The URN of the extension.', reference('uri')),
        required('required', 'Whether every resource must have the extension.', boolean),
      ),
    }),
  ],
};

/** RFC 7643 §7: what is told of an attribute; those of a complex one have no parts of their own. */
const CHARACTERISTICS: readonly Attribute[] = [
  required('name', 'The name of the attribute.', { caseExact: true }),
  required('type', 'What its values are.', {
    canonicalValues: ['string', 'complex', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary'],
  }),
  required('multiValued', 'Whether it may have several values.', boolean),
  readOnly('description', 'What the attribute is for.'),
  required('required', 'Whether a resource must have it.', boolean),
  readOnly('canonicalValues', 'Values that are suggested.', { multiValued: true, caseExact: true }),
  readOnly('caseExact', 'Whether case matters when values are compared.', boolean),
  readOnly('mutability', 'Whether a client may write it.', {
    caseExact: true,
    canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  }),
  readOnly('returned', 'When an answer has it.', {
    caseExact: true,
    canonicalValues: ['always', 'never', 'default', 'request'],
  }),
  readOnly('uniqueness', 'Among which resources a value must be unique.', {
    caseExact: true,
    canonicalValues: ['none', 'server', 'global'],
  }),
  readOnly('referenceTypes', 'What a reference may lead to.', { multiValued: true, caseExact: true }),
];

const SCHEMA: Schema = {
  id: SCHEMA_SCHEMA,
  name: 'Schema',
  description: 'The attributes of resources.',
  attributes: [
    required('id', 'The URN of the schema.', { caseExact: true }),
    readOnly('name', 'The name of the schema.'),
    readOnly('description', 'What the schema is for.'),
    required('attributes', 'The attributes of the schema.', {
      multiValued: true,
      ...parts(
        ...CHARACTERISTICS,
        readOnly('subAttributes', 'The parts of a complex attribute.', {
          multiValued: true,
          ...parts(...CHARACTERISTICS),
        }),
      ),
    }),
  ],
};

/** The schemas of what discovery itself answers (RFC 7643 §8.7.2). */
export const DISCOVERY_SCHEMAS: readonly Schema[] = [SERVICE, RESOURCE_TYPE, SCHEMA];
