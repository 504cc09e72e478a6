/** RFC 7643 §2.3: what a value is. */
export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'binary'
  | 'reference'
  | 'complex'
  /** Of an attribute that no schema has: its values are kept as they came. */
  | 'any';

/** RFC 7643 §7: an attribute with all its characteristics. */
export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  /** Suggestions, no closed list (RFC 7643 §7). */
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
}

export interface Schema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

export interface SchemaExtension {
  readonly schema: Schema;
  readonly required: boolean;
}

/** RFC 7643 §6. */
export interface ResourceType {
  readonly name: string;
  /** `/Users` */
  readonly endpoint: string;
  readonly description: string;
  readonly schema: Schema;
  readonly extensions: readonly SchemaExtension[];
  /** The id under which a tenant registered the type; users and groups have none. */
  readonly registeredAs?: string;
}

type Characteristics = Partial<Omit<Attribute, 'name' | 'description'>>;

/** An attribute with the defaults of RFC 7643 §2.2. */
export const attribute = (name: string, description: string, more: Characteristics = {}): Attribute => ({
  name,
  type: more.subAttributes === undefined ? 'string' : 'complex',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
});

/** An attribute that no schema has. */
export const anyAttribute = (name: string, more: Characteristics = {}): Attribute => ({
  ...attribute(name, '', more),
  type: 'any',
});

/** Names that no object of ours gets. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export const isForbidden = (name: string): boolean => FORBIDDEN.has(name.toLowerCase());

/** A multi-valued attribute of RFC 7643 §2.4: value, display, type, primary. */
export const plural = (
  name: string,
  description: string,
  { value = {}, types }: { readonly value?: Characteristics; readonly types?: readonly string[] } = {},
): Attribute =>
  attribute(name, description, {
    multiValued: true,
    subAttributes: [
      attribute('value', `The value of one of the ${name}.`, value),
      attribute('display', 'A name for people to read.'),
      attribute('type', 'What the value is for.', types && { canonicalValues: types }),
      attribute('primary', 'Whether this is the preferred value; one value at most.', { type: 'boolean' }),
    ],
  });

/** RFC 7643 §3.1: what every resource has, whatever its schema. */
export const COMMON_ATTRIBUTES: readonly Attribute[] = [
  attribute('schemas', 'The URNs of the schemas of the resource.', {
    type: 'reference',
    multiValued: true,
    caseExact: true,
    returned: 'always',
    referenceTypes: ['uri'],
  }),
  attribute('id', 'The identifier that the server gave.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The identifier that the client gave.', { caseExact: true }),
  attribute('meta', 'What the server knows of the resource.', {
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'The name of the resource type.', { caseExact: true, mutability: 'readOnly' }),
      attribute('created', 'When it was created.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When it was last changed.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'Its address.', {
        type: 'reference',
        caseExact: true,
        mutability: 'readOnly',
        referenceTypes: ['uri'],
      }),
      attribute('version', 'Its version, as in the ETag header.', { caseExact: true, mutability: 'readOnly' }),
    ],
  }),
];

/** RFC 7643 §2.1: names have no case. */
export const findAttribute = (attributes: readonly Attribute[], name: string): Attribute | undefined => {
  const wanted = name.toLowerCase();
  return attributes.find((one) => one.name.toLowerCase() === wanted);
};

/** The attributes at the top of a resource: common ones and the core schema's. */
export const topAttributes = (type: ResourceType): readonly Attribute[] => [
  ...COMMON_ATTRIBUTES,
  ...type.schema.attributes,
];

/** The extension that a URN names, whatever its case. */
export const findExtension = (type: ResourceType, urn: string): SchemaExtension | undefined => {
  const wanted = urn.toLowerCase();
  return type.extensions.find(({ schema }) => schema.id.toLowerCase() === wanted);
};

/** URNs have no case (RFC 8141 §3.1, and clients know that). */
export const isUrn = (given: unknown, urn: string): boolean =>
  typeof given === 'string' && given.toLowerCase() === urn.toLowerCase();
