import { compileExpression, ExpressionError, type CompiledExpression } from '@tenure/platform';
import { readPerson, type Person, type PersonField } from '@tenure/identity';
import type { SamlLogin } from '../protocol/read-login.js';
import { customName, type LoginRules } from './login-rules.js';
import { isUnreadable, readList } from './read-list.js';
import { MAPPING_CONTEXT } from './read-login-rules.js';

const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
const MICROSOFT = 'http://schemas.microsoft.com/identity/claims/';
const EMAIL_FORMAT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';

/** The names under which IdPs send each attribute: short ones, Microsoft's claims, LDAP's object identifiers. */
const NAMES: Readonly<Partial<Record<PersonField, readonly string[]>>> = {
  email: ['email', 'mail', 'emailAddress', 'User.email', `${CLAIMS}emailaddress`, 'urn:oid:0.9.2342.19200300.100.1.3'],
  userName: ['userName', 'username', `${CLAIMS}upn`, 'urn:oid:0.9.2342.19200300.100.1.1'],
  givenName: ['givenName', 'firstName', 'given_name', 'User.FirstName', `${CLAIMS}givenname`, 'urn:oid:2.5.4.42'],
  familyName: [
    'familyName',
    'lastName',
    'surname',
    'sn',
    'family_name',
    'User.LastName',
    `${CLAIMS}surname`,
    'urn:oid:2.5.4.4',
  ],
  displayName: ['displayName', `${MICROSOFT}displayname`, 'urn:oid:2.16.840.1.113730.3.1.241'],
  employeeNumber: ['employeeNumber', 'employeeId', 'urn:oid:2.16.840.1.113730.3.1.3'],
  department: ['department', `${CLAIMS}department`, 'urn:oid:2.5.4.11'],
  title: ['title', 'jobTitle', 'urn:oid:2.5.4.12'],
  groups: ['groups', 'memberOf', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups'],
};

/** Entra sends it in place of more than 150 groups: which ones is then unknown, and that is not "none". */
const GROUPS_LINK = 'http://schemas.microsoft.com/claims/groups.link';

type Login = Pick<SamlLogin, 'nameId' | 'nameIdFormat' | 'attributes' | 'partial'>;

/** What a login said of one target, by which claim or expression; without a value, why nothing was taken from it. */
export interface Told {
  readonly target: string;
  readonly claim: string;
  readonly value?: unknown;
  readonly fault?: string;
  /** How many values of a list are not used, and why. */
  readonly leftOut?: string;
  /** A list was sent, and what is in it is not known: what is kept of it may have been withdrawn. */
  readonly isUnreadable?: true;
}

/** What a login says of the person. */
export interface MappedLogin {
  readonly person: Person;
  readonly told: readonly Told[];
  /** The identity provider has more groups than it sends. */
  readonly groupsUnknown: boolean;
}

/** A connection's mapping, its expressions planned. */
export type CompiledMapping = Pick<LoginRules, 'groups' | 'roles'> & {
  readonly expressions: ReadonlyMap<string, CompiledExpression | null>;
};

export const compileMapping = ({ mapping, groups, roles }: LoginRules): CompiledMapping => ({
  groups,
  roles,
  expressions: new Map(
    Object.entries(mapping).map(([target, source]) => [
      target,
      source === null ? null : compileExpression(source, MAPPING_CONTEXT),
    ]),
  ),
});

/**
 * What a login says of the person: by the connection's mapping, else by the usual names. What the IdP does not send stays
 * unsaid, what it sends empty is said to be empty, and a value that cannot be used is left out.
 */
export function mapLogin(login: Login, mapping: CompiledMapping): MappedLogin {
  const groupsUnknown = Object.hasOwn(login.attributes, GROUPS_LINK);
  const told = targetsOf(mapping).map((target): Told => {
    if (target === 'groups' && groupsUnknown)
      return { target, claim: GROUPS_LINK, fault: 'there are more groups than are sent; they stay as they are known' };
    const expression = mapping.expressions.get(target);
    if (expression !== undefined && expression !== null) return compute(target, expression, login);
    return found(target, login, sentAs(login, namesOf(target, mapping)));
  });
  return { ...personOf(told), groupsUnknown };
}

function targetsOf({ expressions, roles }: CompiledMapping): string[] {
  const usual = [...Object.keys(NAMES), ...(roles === null ? [] : ['custom.roles'])];
  return [...new Set([...usual, ...expressions.keys()])].filter((target) => expressions.get(target) !== null);
}

function namesOf(target: string, { groups, roles }: CompiledMapping): readonly string[] {
  if (target === 'groups' && groups !== null) return [groups];
  if (target === 'custom.roles' && roles !== null) return [roles];
  return NAMES[target as PersonField] ?? [];
}

const isList = (target: string): boolean => target === 'groups' || target === 'custom.roles';

/** The names as this IdP writes them: where the exact one is not sent, in other letters. */
function sentAs({ attributes, partial = {} }: Login, names: readonly string[]): readonly string[] {
  const sent = [...Object.keys(attributes), ...Object.keys(partial)];
  return names.map((name) => {
    if (sent.includes(name)) return name;
    const lower = name.toLowerCase();
    return sent.find((one) => one.toLowerCase() === lower) ?? name;
  });
}

/** The first of the names that has a value; one that is sent without any says that there is none. */
function found(target: string, login: Login, names: readonly string[]): Told {
  if (isList(target)) return foundList(target, login, names);
  const { attributes, nameId, nameIdFormat } = login;
  const sent = names.filter((name) => Object.hasOwn(attributes, name));
  const claim = sent.find((name) => firstOf(attributes[name]) !== '') ?? sent[0];
  if (claim !== undefined) return { target, claim, value: firstOf(attributes[claim]) };
  if (target === 'email' && nameIdFormat === EMAIL_FORMAT) return { target, claim: 'NameID', value: nameId };
  return { target, claim: names[0] ?? '', fault: 'not sent' };
}

function foundList(target: string, { attributes, partial = {} }: Login, names: readonly string[]): Told {
  for (const claim of names) {
    if (Object.hasOwn(attributes, claim)) return listed(target, claim, attributes[claim] ?? []);
    if (Object.hasOwn(partial, claim)) return listed(target, claim, partial[claim] ?? [], 1);
  }
  return { target, claim: names[0] ?? '', fault: 'not sent' };
}

/** `lost`: how many values were sent besides these that are not text. */
function listed(target: string, claim: string, sent: readonly unknown[], lost = 0): Told {
  const list = readList(sent, lost);
  if (isUnreadable(list)) return { target, claim, fault: list.fault, isUnreadable: true };
  return { target, claim, value: list.values, ...(list.leftOut !== undefined && { leftOut: list.leftOut }) };
}

const firstOf = (values: readonly string[] | undefined): string => values?.find((value) => value !== '') ?? '';

function compute(target: string, expression: CompiledExpression, login: Login): Told {
  if (isList(target)) return computeList(target, expression, login);
  const { attributes, nameId, nameIdFormat } = login;
  const claim = expression.source;
  const firsts = Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, firstOf(values)]));
  try {
    const result = expression.evaluate({
      attributes: firsts,
      values: attributes,
      nameId,
      nameIdFormat,
    });
    if (result === null) return { target, claim, fault: 'not sent' };
    return { target, claim, value: Array.isArray(result) && customName(target) === null ? (result[0] ?? '') : result };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { target, claim, fault: error.code === 'no_value' ? 'not sent' : error.message };
  }
}

/** A list whose expression fails is unreadable, unless what it reads was not sent. */
function computeList(target: string, expression: CompiledExpression, login: Login): Told {
  const claim = expression.source;
  const { nameId, nameIdFormat } = login;
  const read = Object.entries(login.partial ?? {}).filter(([name]) => claim.includes(name));
  const attributes = { ...login.attributes, ...Object.fromEntries(read.filter(([, values]) => values.length > 0)) };
  try {
    const result = expression.evaluate({ attributes, values: attributes, nameId, nameIdFormat });
    if (result === null && read.length === 0) return { target, claim, fault: 'not sent' };
    if (result === null) return listed(target, claim, [], read.length);
    return listed(target, claim, Array.isArray(result) ? result : [result], read.length);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    if (error.code === 'no_value' && read.length === 0) return { target, claim, fault: 'not sent' };
    return { target, claim, fault: error.message, isUnreadable: true };
  }
}

/** What can be used of it; what cannot is told with its fault. */
function personOf(told: readonly Told[]): Pick<MappedLogin, 'person' | 'told'> {
  const said = told.filter(({ fault }) => fault === undefined);
  const custom = said.flatMap(({ target, value }) => {
    const name = customName(target);
    return name === null ? [] : [[name, value === '' ? null : value] as const];
  });
  const { person, faults } = readPerson({
    ...Object.fromEntries(
      said.filter(({ target }) => customName(target) === null).map((one) => [one.target, one.value]),
    ),
    ...(custom.length > 0 && { custom: Object.fromEntries(custom) }),
  });
  const faultOf = ({ target }: Told): string | undefined =>
    faults.find(({ path }) => path === (customName(target) === null ? target : 'custom'))?.message;
  return {
    person,
    told: told.map((one) => {
      const fault = one.fault ?? faultOf(one);
      if (fault === undefined) return one;
      return { target: one.target, claim: one.claim, fault, ...(one.isUnreadable && { isUnreadable: true as const }) };
    }),
  };
}
