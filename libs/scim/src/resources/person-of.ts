import { readPerson, type Person } from '@tenure/identity';
import { bytesOf } from '../schema/assert-indexable.js';
import type { Catalogue } from '../schema/catalogue.js';
import { ENTERPRISE_SCHEMA } from '../schema/core-schemas.js';
import { LIMITS } from '../protocol/limits.js';
import { plainText } from '../schema/plain-text.js';
import { isValues, type Values } from '../schema/read-value.js';
import { ScimError } from '../protocol/scim-error.js';

/** What a User says of the person. Every field is named, so that what is gone from the resource is unsaid. */
export function personOf(user: Values, { own }: Pick<Catalogue, 'own'>): Person {
  const name = objectAt(user, 'name');
  const enterprise = objectAt(user, ENTERPRISE_SCHEMA);
  const address = preferred(user.addresses);
  const said = {
    userName: user.userName,
    email: believed('email', plainText(preferred(user.emails)?.value)),
    givenName: name.givenName,
    familyName: name.familyName,
    displayName: user.displayName,
    title: user.title,
    employmentType: user.userType,
    employeeNumber: enterprise.employeeNumber,
    department: enterprise.department,
    country: address?.country,
    location: address?.locality,
    status: user.active === false ? 'suspended' : 'active',
  };
  const custom = customOf(user, { own });
  const { person, faults } = readPerson({
    ...Object.fromEntries(Object.entries(said).map(([field, value]) => [field, plainText(value) ?? null])),
    ...(custom && { custom }),
    timeZone: believed('timeZone', plainText(user.timezone)),
  });
  if (faults.length > 0)
    throw new ScimError(400, faults.map(({ path, message }) => `${path} ${message}`).join('; '), 'invalidValue');
  return person;
}

/** What schemas of the tenant's own say of a user; null where it has none. */
export function customOf(user: Values, { own }: Pick<Catalogue, 'own'>): Values | null {
  const schemas = own.filter(({ resourceType }) => resourceType === 'User');
  if (schemas.length === 0) return null;
  return plainText(Object.assign({}, ...schemas.map(({ schema }) => objectAt(user, schema.id)))) as Values;
}

/** The resource keeps what the client wrote; an address or a time zone that is none says nothing of the person. */
const believed = (field: 'email' | 'timeZone', value: unknown): unknown =>
  typeof value === 'string' && bytesOf(value) > LIMITS.lookedUpBytes
    ? null
    : (readPerson({ [field]: value }).person[field] ?? null);

const objectAt = (object: Values, name: string): Values => {
  const value = object[name];
  return isValues(value) ? value : {};
};

/** The primary one of a multi-valued attribute, else the one of type work, else the first. */
function preferred(values: unknown): Values | undefined {
  const items = Array.isArray(values) ? values.filter(isValues) : [];
  return items.find((item) => item.primary === true) ?? items.find((item) => item.type === 'work') ?? items[0];
}
