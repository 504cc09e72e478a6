import { readPerson, type Person, type PersonField } from '@tenure/identity';
import type { SamlLogin } from './protocol/read-login.js';

const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
const MICROSOFT = 'http://schemas.microsoft.com/identity/claims/';
const EMAIL_FORMAT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';

/** The names under which IdPs send each attribute: short ones, Microsoft's claims, LDAP's object identifiers. */
const NAMES: Readonly<Partial<Record<PersonField, readonly string[]>>> = {
  email: ['email', 'mail', 'emailAddress', `${CLAIMS}emailaddress`, 'urn:oid:0.9.2342.19200300.100.1.3'],
  userName: ['userName', 'username', `${CLAIMS}upn`, 'urn:oid:0.9.2342.19200300.100.1.1'],
  givenName: ['givenName', 'firstName', 'given_name', `${CLAIMS}givenname`, 'urn:oid:2.5.4.42'],
  familyName: ['familyName', 'lastName', 'surname', 'sn', 'family_name', `${CLAIMS}surname`, 'urn:oid:2.5.4.4'],
  displayName: ['displayName', `${MICROSOFT}displayname`, 'urn:oid:2.16.840.1.113730.3.1.241'],
  employeeNumber: ['employeeNumber', 'employeeId', 'urn:oid:2.16.840.1.113730.3.1.3'],
  department: ['department', `${CLAIMS}department`, 'urn:oid:2.5.4.11'],
  title: ['title', 'jobTitle', 'urn:oid:2.5.4.12'],
};
const GROUP_NAMES = ['groups', 'memberOf', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups'];

/** What a login says of the person. What the IdP does not send stays unsaid; a value that cannot be used is left out. */
export function mapLogin(login: Pick<SamlLogin, 'nameId' | 'nameIdFormat' | 'attributes'>): Person {
  const said: Record<string, unknown> = {};
  for (const [field, names] of Object.entries(NAMES)) {
    const value = firstOf(login.attributes, names);
    if (value !== undefined) said[field] = value;
  }
  said.email ??= login.nameIdFormat === EMAIL_FORMAT ? login.nameId : undefined;
  const groups = GROUP_NAMES.map((name) => login.attributes[name]).find((values) => values !== undefined);
  if (groups !== undefined) said.groups = [...groups];
  return readPerson(said).person;
}

const firstOf = (attributes: SamlLogin['attributes'], names: readonly string[]): string | undefined =>
  names.map((name) => attributes[name]?.[0]).find((value) => value !== undefined && value !== '');
