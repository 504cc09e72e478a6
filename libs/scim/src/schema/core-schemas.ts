import { attribute, plural, type Attribute, type Schema } from './schema-model.js';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const NAME = attribute('name', 'The parts of the name.', {
  subAttributes: [
    attribute('formatted', 'The whole name, as it is shown.'),
    attribute('familyName', 'The family name.'),
    attribute('givenName', 'The given name.'),
    attribute('middleName', 'The middle names.'),
    attribute('honorificPrefix', 'A title before the name.'),
    attribute('honorificSuffix', 'A suffix after the name.'),
  ],
});

const ADDRESSES = attribute('addresses', 'Postal addresses.', {
  multiValued: true,
  subAttributes: [
    attribute('formatted', 'The whole address, as it is shown.'),
    attribute('streetAddress', 'Street and number.'),
    attribute('locality', 'City.'),
    attribute('region', 'State or region.'),
    attribute('postalCode', 'Postal code.'),
    attribute('country', 'Country, as in ISO 3166-1 alpha 2.'),
    attribute('type', 'What the address is for.', { canonicalValues: ['work', 'home', 'other'] }),
    attribute('primary', 'Whether this is the preferred address; one at most.', { type: 'boolean' }),
  ],
});

const readOnly = { mutability: 'readOnly' } as const;

/** RFC 7643 §4.1.2: direct and indirect membership, by the server. */
const GROUPS_OF_USER = attribute('groups', 'The groups that the user belongs to, directly or through others.', {
  multiValued: true,
  ...readOnly,
  subAttributes: [
    attribute('value', 'The id of the group.', { caseExact: true, ...readOnly }),
    attribute('$ref', 'The address of the group.', {
      type: 'reference',
      caseExact: true,
      referenceTypes: ['Group'],
      ...readOnly,
    }),
    attribute('display', 'The name of the group.', readOnly),
    attribute('type', 'Whether the membership is direct or indirect.', {
      canonicalValues: ['direct', 'indirect'],
      ...readOnly,
    }),
  ],
});

const binary: Partial<Attribute> = { type: 'binary', caseExact: true };
const reference = (...referenceTypes: string[]): Partial<Attribute> => ({
  type: 'reference',
  caseExact: true,
  referenceTypes,
});

/** RFC 7643 §4.1. */
export const USER: Schema = {
  id: USER_SCHEMA,
  name: 'User',
  description: 'User Account',
  attributes: [
    attribute('userName', 'The name to sign in with; unique among the users of one client.', {
      required: true,
      uniqueness: 'server',
    }),
    NAME,
    attribute('displayName', 'The name that is shown.'),
    attribute('nickName', 'The casual name.'),
    attribute('profileUrl', 'The address of a page about the user.', reference('external')),
    attribute('title', 'The title, such as "Vice President".'),
    attribute('userType', 'The relation to the organisation, such as "Employee".'),
    attribute('preferredLanguage', 'Languages, as in Accept-Language.'),
    attribute('locale', 'Formats of dates and numbers, such as "en-US".'),
    attribute('timezone', 'The time zone, such as "America/Los_Angeles".'),
    attribute('active', 'Whether the user may sign in.', { type: 'boolean' }),
    attribute('password', 'Taken and never kept: this server signs nobody in.', {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    }),
    plural('emails', 'E-mail addresses.', { types: ['work', 'home', 'other'] }),
    plural('phoneNumbers', 'Telephone numbers.', { types: ['work', 'home', 'mobile', 'fax', 'pager', 'other'] }),
    plural('ims', 'Addresses for instant messages.', {
      types: ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo'],
    }),
    plural('photos', 'Pictures.', { value: reference('external'), types: ['photo', 'thumbnail'] }),
    ADDRESSES,
    GROUPS_OF_USER,
    plural('entitlements', 'What the user is entitled to.'),
    plural('roles', 'What the user is.'),
    plural('x509Certificates', 'Certificates.', { value: binary }),
  ],
};

/** RFC 7643 §4.3. */
export const ENTERPRISE: Schema = {
  id: ENTERPRISE_SCHEMA,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'The number in the organisation.'),
    attribute('costCenter', 'The cost center.'),
    attribute('organization', 'The organisation.'),
    attribute('division', 'The division.'),
    attribute('department', 'The department.'),
    attribute('manager', 'The manager.', {
      subAttributes: [
        attribute('value', 'The id of the manager.', { caseExact: true }),
        attribute('$ref', 'The address of the manager.', reference('User')),
        attribute('displayName', 'The name of the manager.', readOnly),
      ],
    }),
  ],
};

/** RFC 7643 §4.2. */
export const GROUP: Schema = {
  id: GROUP_SCHEMA,
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute('displayName', 'The name of the group; unique among the groups of one client.', {
      required: true,
      uniqueness: 'server',
    }),
    attribute('members', 'Users and groups that belong to the group.', {
      multiValued: true,
      subAttributes: [
        attribute('value', 'The id of the member.', { caseExact: true, mutability: 'immutable' }),
        attribute('$ref', 'The address of the member.', { ...reference('User', 'Group'), mutability: 'immutable' }),
        attribute('type', 'Whether the member is a user or a group.', {
          mutability: 'immutable',
          canonicalValues: ['User', 'Group'],
        }),
        attribute('display', 'A name for people to read.', { mutability: 'immutable' }),
      ],
    }),
  ],
};
