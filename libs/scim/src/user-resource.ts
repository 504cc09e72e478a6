import { readPerson, type Person } from '@tenure/identity';
import { ScimError } from './scim-error.js';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A User as its client wrote it; kept verbatim but for what is the server's. */
export type UserResource = Readonly<Record<string, unknown>> & {
  readonly userName: string;
  readonly externalId?: string;
};

/**
 * Written by the server (RFC 7643 §3.1, §4.1.2) and so ignored; never kept (§4.1.1, and this product keeps no
 * passwords); no attribute; or kept under the one name that we read. In lower case: names have none (§2.1).
 */
const NOT_VERBATIM = new Set([
  'id',
  'meta',
  'groups',
  'password',
  '__proto__',
  'constructor',
  'username',
  'externalid',
  'active',
]);

/** In JSON: U+0000 or half of a surrogate pair, which PostgreSQL does not keep. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** A value by its name, whatever its case (RFC 7643 §2.1). */
const pick = (object: Record<string, unknown>, name: string): unknown => {
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
};

/** Checks what a client wants to keep as a User. */
export function readUser(body: unknown): UserResource {
  if (!isObject(body)) throw new ScimError(400, 'The body must be a JSON object.', 'invalidSyntax');
  if (UNSTORABLE.test(JSON.stringify(body)))
    throw new ScimError(400, 'The body has characters that are no text.', 'invalidValue');
  const userName = pick(body, 'userName');
  if (typeof userName !== 'string' || userName.trim() === '')
    throw new ScimError(400, 'userName is required and must be a text.', 'invalidValue');
  const externalId = pick(body, 'externalId') ?? undefined;
  if (externalId !== undefined && typeof externalId !== 'string')
    throw new ScimError(400, 'externalId must be a text.', 'invalidValue');
  const active = pick(body, 'active') ?? undefined;
  const kept = Object.fromEntries(Object.entries(body).filter(([name]) => !NOT_VERBATIM.has(name.toLowerCase())));
  return {
    ...kept,
    schemas: Array.isArray(kept.schemas) ? kept.schemas : [USER_SCHEMA],
    userName,
    ...(externalId !== undefined && { externalId }),
    ...(active !== undefined && { active: readBoolean(active, 'active') }),
  };
}

/** Entra sends "True" and "False" for booleans. */
export function readBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ScimError(400, `${path} must be true or false.`, 'invalidValue');
}

/** What a User says of the person. Every field is named, so that what is gone from the resource is unsaid. */
export function personOf(user: UserResource): Person {
  const name = objectAt(user, 'name');
  const enterprise = objectAt(user, ENTERPRISE_SCHEMA);
  const address = preferred(pick(user, 'addresses'));
  const said = {
    userName: user.userName,
    email: valueOf(preferred(pick(user, 'emails'))),
    givenName: pick(name, 'givenName'),
    familyName: pick(name, 'familyName'),
    displayName: pick(user, 'displayName'),
    title: pick(user, 'title'),
    employmentType: pick(user, 'userType'),
    timeZone: pick(user, 'timezone'),
    employeeNumber: pick(enterprise, 'employeeNumber'),
    department: pick(enterprise, 'department'),
    country: isObject(address) ? pick(address, 'country') : undefined,
    location: isObject(address) ? pick(address, 'locality') : undefined,
    status: pick(user, 'active') === false ? 'suspended' : 'active',
  };
  const { person, faults } = readPerson(
    Object.fromEntries(Object.entries(said).map(([field, value]) => [field, value ?? null])),
  );
  const [fault] = faults;
  if (fault)
    throw new ScimError(400, faults.map(({ path, message }) => `${path} ${message}`).join('; '), 'invalidValue');
  return person;
}

const objectAt = (object: Record<string, unknown>, name: string): Record<string, unknown> => {
  const value = pick(object, name);
  return isObject(value) ? value : {};
};

/** The primary one of a multi-valued attribute, else the one of type work, else the first. */
function preferred(values: unknown): unknown {
  if (!Array.isArray(values)) return undefined;
  const items = values.filter(isObject);
  return (
    items.find((item) => pick(item, 'primary') === true) ??
    items.find((item) => pick(item, 'type') === 'work') ??
    items[0]
  );
}

const valueOf = (item: unknown): unknown => (isObject(item) ? pick(item, 'value') : undefined);
