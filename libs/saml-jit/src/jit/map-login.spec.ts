import { describe, expect, it } from '@jest/globals';
import { USUAL_RULES, type LoginRules } from './login-rules.js';
import { compileMapping, mapLogin } from './map-login.js';

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';

const map = (
  attributes: Record<string, readonly string[]>,
  rules: Partial<LoginRules> = {},
  nameIdFormat = PERSISTENT,
): ReturnType<typeof mapLogin> =>
  mapLogin({ nameId: 'ada@example.com', nameIdFormat, attributes }, compileMapping({ ...USUAL_RULES, ...rules }));

describe('mapLogin', () => {
  it.each<[string, Record<string, readonly string[]>, Partial<LoginRules>, object]>([
    ['takes usual names', { mail: ['a@x.y'], sn: ['L'] }, {}, { email: 'a@x.y', familyName: 'L' }],
    ['takes Microsoft’s', { [`${CLAIMS}givenname`]: ['Ada'] }, {}, { givenName: 'Ada' }],
    ['takes the first name that has a value', { email: [''], mail: ['a@x.y'] }, {}, { email: 'a@x.y' }],
    ['says that what is sent empty is empty', { title: [''], department: [] }, {}, { title: null, department: null }],
    ['says nothing of what is not sent', {}, {}, {}],
    ['leaves out what cannot be used', { email: ['nobody'], title: ['T'] }, {}, { title: 'T' }],
    ['takes all groups', { groups: ['a', 'b'] }, {}, { groups: ['a', 'b'] }],
    ['tells no groups from unsaid ones', { groups: [] }, {}, { groups: [] }],
    ['takes groups of another name', { teams: ['a'], groups: ['b'] }, { groups: 'teams' }, { groups: ['a'] }],
    ['takes roles', { role: ['a', 'b'] }, { roles: 'role' }, { custom: { roles: ['a', 'b'] } }],
    [
      'computes',
      { f: ['A'], l: ['B'] },
      { mapping: { displayName: 'attributes.f + " " + attributes.l' } },
      { displayName: 'A B' },
    ],
    [
      'computes nothing of what is not sent',
      { f: ['A'] },
      { mapping: { displayName: 'attributes.f + attributes.l' } },
      {},
    ],
    ['computes nothing where an expression fails', { f: ['A'] }, { mapping: { title: 'values.f[3]' } }, {}],
    ['takes the first of several', {}, { mapping: { title: '["a", "b"]' } }, { title: 'a' }],
    [
      'computes groups of all values',
      { m: ['a', 'b'] },
      { mapping: { groups: 'attributes.m' } },
      { groups: ['a', 'b'] },
    ],
    ['computes no groups of what is not sent', {}, { mapping: { groups: 'attributes.m' } }, {}],
    ['takes nothing that is switched off', { title: ['T'] }, { mapping: { title: null } }, {}],
    ['is not confused by names of JavaScript’s', { constructor: ['x'], ['__proto__']: ['y'] }, {}, {}],
  ])('%s', (_, attributes, rules, person) => {
    expect(map(attributes, rules).person).toEqual(person);
  });

  it('takes the NameID for the address where it is one', () => {
    expect(map({}, {}, EMAIL).person).toEqual({ email: 'ada@example.com' });
    expect(map({ email: ['b@x.y'] }, {}, EMAIL).person).toEqual({ email: 'b@x.y' });
  });

  it('does not know the groups where a link is sent for them, whatever else is', () => {
    const { person, groupsUnknown, told } = map(
      { 'http://schemas.microsoft.com/claims/groups.link': ['https://x'], groups: ['a'], m: ['b'] },
      { mapping: { groups: 'attributes.m' } },
    );
    expect([person, groupsUnknown]).toEqual([{}, true]);
    expect(told.find(({ target }) => target === 'groups')?.fault).toMatch(/more groups/);
  });

  it.each<[string, readonly string[], readonly string[], RegExp | undefined]>([
    ['trims what is indented', ['\n      staff\n    ', '\tadmins '], ['staff', 'admins'], undefined],
    ['takes no empty ones', ['staff', '', ' \n '], ['staff'], undefined],
    ['takes each once', ['staff', ' staff', 'Staff'], ['staff', 'Staff'], undefined],
    ['takes one form of a letter', ['jose\u0301', 'jos\u00e9'], ['jos\u00e9'], undefined],
    ['leaves out two lines', ['staff', 'two\nlines'], ['staff'], /^1 of 2 values: has control characters$/],
    ['leaves out what is too long', ['staff', 'x'.repeat(2_000)], ['staff'], /^1 of 2 values: is not usable text$/],
    ['says that there are none', ['', ' '], [], undefined],
  ])('F3: of groups %s', (_, sent, groups, leftOut) => {
    const { person, told } = map({ groups: sent });
    expect(person.groups).toEqual(groups);
    const found = told.find(({ target }) => target === 'groups');
    if (leftOut === undefined) expect(found?.leftOut).toBeUndefined();
    else expect(found?.leftOut).toMatch(leftOut);
  });

  it('F3: of a list with structure takes what is text, of a computed one too', () => {
    const login = {
      nameId: 'a',
      nameIdFormat: PERSISTENT,
      attributes: {},
      partial: { groups: ['staff'], role: ['r'] },
    };
    const plain = mapLogin(login, compileMapping({ ...USUAL_RULES, roles: 'role' }));
    expect(plain.person).toEqual({ groups: ['staff'], custom: { roles: ['r'] } });
    expect(plain.told.find(({ target }) => target === 'groups')?.leftOut).toMatch(/^1 of 2 values: has structure$/);
    const computed = mapLogin(login, compileMapping({ ...USUAL_RULES, mapping: { groups: 'attributes.groups' } }));
    expect(computed.person).toEqual({ groups: ['staff'] });
  });

  it.each<[string, Record<string, readonly string[]>, Record<string, readonly string[]>, Partial<LoginRules>]>([
    ['only values that cannot be used', { groups: ['two\nlines'] }, {}, {}],
    ['only structure', {}, { groups: [] }, {}],
    ['more than can be kept', { groups: Array.from({ length: 20_000 }, (_, n) => `g${n}`) }, {}, {}],
    ['an expression that fails', { m: ['a'] }, {}, { mapping: { groups: 'values.m[7]' } }],
    ['an expression over structure', {}, { m: [] }, { mapping: { groups: 'attributes.m' } }],
  ])('F3: does not take for known what is sent as %s', (_, attributes, partial, rules) => {
    const login = { nameId: 'a', nameIdFormat: PERSISTENT, attributes, partial };
    const { person, told } = mapLogin(login, compileMapping({ ...USUAL_RULES, ...rules }));
    expect(person.groups).toBeUndefined();
    expect(told.find(({ target }) => target === 'groups')).toMatchObject({
      isUnreadable: true,
      fault: expect.any(String),
    });
  });

  it.each([
    ['Email', 'email'],
    ['User.email', 'email'],
    ['user.Email', 'email'],
    ['User.FirstName', 'givenName'],
    ['GIVENNAME', 'givenName'],
    ['User.LastName', 'familyName'],
    ['Groups', 'groups'],
  ])('S3: takes the attribute "%s"', (name, target) => {
    const value = target === 'email' ? 'a@x.y' : 'A';
    expect(map({ [name]: [value] }).person).toEqual({ [target]: target === 'groups' ? [value] : value });
    expect(map({ [name]: ['other@x.y'], [target]: [value] }).person).toMatchObject({
      [target]: target === 'groups' ? [value] : value,
    });
  });

  it('tells of each target where it comes from, or why not', () => {
    const { told } = map({ mail: ['no address'], title: ['T'] });
    expect(told).toContainEqual({ target: 'title', claim: 'title', value: 'T' });
    expect(told).toContainEqual({ target: 'email', claim: 'mail', fault: expect.any(String) });
    expect(told).toContainEqual({ target: 'department', claim: 'department', fault: 'not sent' });
  });
});
