import { describe, expect, it } from '@jest/globals';
import type { Person } from '@tenure/identity';
import { admitLogin, admitPerson, trustOf } from './admit-login.js';
import { chooseKey, optionalKey } from './choose-key.js';
import { LoginRefused } from './login-refused.js';
import { countedAddress } from './login-limits.js';
import { USUAL_RULES, type LoginRules } from './login-rules.js';
import { refreshPerson } from './refresh-person.js';

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const ADDRESS = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const UNSPECIFIED = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

const codeOf = (decide: () => unknown): unknown => {
  try {
    return decide() ?? 'admitted';
  } catch (error) {
    if (error instanceof LoginRefused) return error.code;
    throw error;
  }
};
const rules = (changes: Partial<LoginRules>): LoginRules => ({ ...USUAL_RULES, ...changes });

describe('chooseKey', () => {
  const oid = { attribute: 'oid' };
  it.each<[string, LoginRules['key'], string, Record<string, string[]>, string]>([
    ['takes the NameID', 'nameId', PERSISTENT, {}, 'ada'],
    ['takes no transient one', 'nameId', TRANSIENT, {}, 'key_transient'],
    ['takes the attribute, whatever the NameID is', oid, TRANSIENT, { oid: ['1'] }, '1'],
    ['takes one that comes twice alike', oid, PERSISTENT, { oid: ['1', '1'] }, '1'],
    ['refuses several', oid, PERSISTENT, { oid: ['1', '2'] }, 'key_ambiguous'],
    ['refuses none', oid, PERSISTENT, {}, 'key_missing'],
    ['refuses an empty one', oid, PERSISTENT, { oid: [''] }, 'key_missing'],
    ['refuses one without end', oid, PERSISTENT, { oid: ['x'.repeat(257)] }, 'key_ambiguous'],
    ['F14: takes an attribute without what is around it', oid, PERSISTENT, { oid: ['\n  U1 \n'] }, 'U1'],
    ['F14: takes what differs around it for one', oid, PERSISTENT, { oid: [' U1', 'U1'] }, 'U1'],
    ['F14: tells attributes by their case', oid, PERSISTENT, { oid: ['AbC='] }, 'AbC='],
    ['F14: takes an address in any case', oid, PERSISTENT, { oid: ['Ada@Example.com'] }, 'ada@example.com'],
    ['F14: takes one form of letters', oid, PERSISTENT, { oid: ['jose\u0301'] }, 'jos\u00e9'],
    ['F14: refuses what does not show', oid, PERSISTENT, { oid: ['U\u200b1'] }, 'key_ambiguous'],
    ['finds nothing in names of JavaScript’s', { attribute: 'constructor' }, PERSISTENT, {}, 'key_missing'],
  ])('%s', (_, key, nameIdFormat, attributes, expected) => {
    expect(codeOf(() => chooseKey(key, { nameId: 'ada', nameIdFormat, attributes }))).toBe(expected);
  });

  it.each([
    ['an address in any case', ADDRESS, 'Ada@EXAMPLE.com', 'ada@example.com'],
    ['an address in one form of letters', ADDRESS, 'jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['a persistent one as it is', PERSISTENT, 'Jose\u0301', 'Jose\u0301'],
    ['any other in one form of letters', UNSPECIFIED, 'Jose\u0301', 'Jos\u00e9'],
  ])('F14: of a NameID takes %s', (_, nameIdFormat, nameId, key) => {
    expect(chooseKey('nameId', { nameId, nameIdFormat, attributes: {} })).toBe(key);
  });

  it('of an id that is only looked for, takes one value or none', () => {
    const login = { nameId: 'ada', nameIdFormat: PERSISTENT, attributes: { one: ['1'], two: ['1', '2'], empty: [''] } };
    const of = (attribute: string): string | null => optionalKey({ attribute }, login);
    expect([of('one'), of('two'), of('empty'), of('none')]).toEqual(['1', null, null, null]);
    expect([optionalKey(null, login), optionalKey('nameId', login)]).toEqual([null, 'ada']);
  });
});

describe('admission', () => {
  const login = (person: Person, groupsUnknown = false) => ({ person, told: [], groupsUnknown });
  const domains = { ...USUAL_RULES.admit, domains: ['a.example'] };
  const groups = { ...USUAL_RULES.admit, groups: ['staff', 'guests'] };
  it.each<[string, LoginRules['admit'], ReturnType<typeof login>, Person | null, string]>([
    ['everybody, as usual', USUAL_RULES.admit, login({}), null, 'admitted'],
    ['an address of the domain, in any case', domains, login({ email: 'Ada@A.Example' }), null, 'admitted'],
    ['no address of a part of it', domains, login({ email: 'a@b.a.example' }), null, 'domain_not_admitted'],
    ['no address that ends alike', domains, login({ email: 'a@xa.example' }), null, 'domain_not_admitted'],
    ['nobody without an address', domains, login({}), null, 'domain_not_admitted'],
    ['somebody in one of the groups', groups, login({ groups: ['x', 'guests'] }), null, 'admitted'],
    ['nobody in none', groups, login({ groups: ['Staff'] }), null, 'group_missing'],
    ['nobody whose groups are not sent, whatever is known', groups, login({}), { groups: ['staff'] }, 'group_missing'],
    ['somebody with too many groups, by what is known', groups, login({}, true), { groups: ['staff'] }, 'admitted'],
    ['nobody with too many groups of whom none are known', groups, login({}, true), null, 'groups_unknown'],
  ])('lets in %s', (_, admit, said, before, expected) => {
    expect(codeOf(() => admitLogin(rules({ admit }), said, before))).toBe(expected);
  });

  it.each([
    ['active', {}, 'admitted'],
    ['on_leave', {}, 'admitted'],
    ['on_leave', { admit: { ...USUAL_RULES.admit, onLeave: false } }, 'person_on_leave'],
    ['staged', {}, 'person_shut_out'],
    ['suspended', {}, 'person_shut_out'],
    ['terminated', {}, 'person_shut_out'],
    ['purged', {}, 'person_shut_out'],
    [null, {}, 'admitted'],
    [null, { jit: 'known_only' }, 'person_unknown'],
  ] as const)('of somebody %s with %j: %s', (state, changes, expected) => {
    expect(codeOf(() => admitPerson(rules(changes), state && { state }))).toBe(expected);
  });

  it.each<[string, Partial<LoginRules>, string, object]>([
    ['addresses nowhere, as usual', {}, 'a@a.example', { keys: { email: 'no' }, scimExternalId: false }],
    [
      'addresses of its own domains',
      { domains: ['a.example'], match: { externalId: 'nameId', employeeNumber: false, verifiedEmail: true } },
      'a@a.example',
      { keys: { email: 'alone', employeeNumber: 'no' }, scimExternalId: true },
    ],
    [
      'no others',
      { domains: ['a.example'], match: { ...USUAL_RULES.match, verifiedEmail: true } },
      'a@b.example',
      { keys: { email: 'no' }, scimExternalId: false },
    ],
  ])('a connection is trusted with %s', (_, changes, email, expected) => {
    expect(trustOf(rules(changes), { email })).toEqual(expected);
  });
});

describe('refreshPerson', () => {
  const before: Person = { title: 'A', department: null, custom: { desk: 1, floor: 2 } };
  const said: Person = { title: 'B', department: 'D', custom: { desk: 3, key: 4 } };
  it.each<[string, LoginRules['refresh'], Person | null, Person]>([
    ['says all at first', { usual: 'never', targets: {} }, null, said],
    ['says nothing later', { usual: 'never', targets: {} }, before, {}],
    [
      'fills what is missing',
      { usual: 'missing', targets: {} },
      before,
      { department: 'D', custom: { desk: 1, floor: 2, key: 4 } },
    ],
    ['says all', { usual: 'always', targets: {} }, before, { ...said, custom: { desk: 3, floor: 2, key: 4 } }],
    [
      'goes by the target first',
      { usual: 'always', targets: { title: 'never', 'custom.desk': 'missing' } },
      before,
      { department: 'D', custom: { desk: 1, floor: 2, key: 4 } },
    ],
  ])('%s', (_, refresh, known, expected) => {
    expect(refreshPerson(known, said, { refresh }).person).toEqual(expected);
  });
});

describe('countedAddress', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('of %s is %s', (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });
});
