import { describe, expect, it } from '@jest/globals';
import { patchUser } from './patch-user.js';
import { ENTERPRISE_SCHEMA, personOf, readBoolean, readUser, USER_SCHEMA } from './user-resource.js';

const refused = (scimType: string): unknown => expect.objectContaining({ status: 400, scimType });

describe('readUser', () => {
  it('keeps what the client wrote, verbatim, extensions and unknown attributes included', () => {
    const body = {
      schemas: [USER_SCHEMA, ENTERPRISE_SCHEMA],
      userName: ' Ada ',
      externalId: 'X-1',
      active: true,
      name: { familyName: 'Lovelace' },
      emails: [{ value: 'ada@example.com', type: 'work' }],
      'urn:example:custom': { a: [1, null] },
      roles: [],
      [ENTERPRISE_SCHEMA]: { department: 'Engines' },
    };
    expect(readUser(body)).toEqual(body);
  });

  it.each(['id', 'meta', 'groups', 'password', 'ID', 'Password', 'constructor', '__proto__'])(
    'keeps no %s: it is the server’s, or nobody’s',
    (name) => {
      const body: unknown = JSON.parse(`{"userName": "ada", "${name}": "hunter2"}`);
      expect(readUser(body)).toEqual({ schemas: [USER_SCHEMA], userName: 'ada' });
    },
  );

  it.each([
    ['True', true],
    ['FALSE', false],
    [true, true],
    [false, false],
  ])('reads active from %p, under a name in any case, and keeps it once', (active, expected) => {
    const user = readUser({ username: 'ada', Active: active, EXTERNALID: 'X' });
    expect(user).toEqual({ schemas: [USER_SCHEMA], userName: 'ada', externalId: 'X', active: expected });
    expect(personOf(user).status).toBe(expected ? 'active' : 'suspended');
  });

  it('lets a patch disable whoever was written with "Active" in capitals', () => {
    const user = readUser({ userName: 'ada', Active: 'True' });
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    };
    expect(personOf(patchUser(user, body)).status).toBe('suspended');
  });

  it('takes null as not assigned (RFC 7643 §2.5)', () => {
    expect(readUser({ userName: 'ada', externalId: null, active: null })).toEqual({
      schemas: [USER_SCHEMA],
      userName: 'ada',
    });
  });

  it.each<[string, unknown, string]>([
    ['a list', [], 'invalidSyntax'],
    ['a text', 'ada', 'invalidSyntax'],
    ['null', null, 'invalidSyntax'],
    ['nothing', undefined, 'invalidSyntax'],
    ['no userName', {}, 'invalidValue'],
    ['a blank userName', { userName: ' ' }, 'invalidValue'],
    ['a userName that is a number', { userName: 1 }, 'invalidValue'],
    ['an externalId that is a number', { userName: 'ada', externalId: 7 }, 'invalidValue'],
    ['active as a word', { userName: 'ada', active: 'yes' }, 'invalidValue'],
    ['a character that cannot be kept', { userName: 'ada', title: ['a\u0000'] }, 'invalidValue'],
    ['half of a surrogate pair', { userName: 'ada', 'a\ud800': 1 }, 'invalidValue'],
  ])('refuses %s', (_, body, scimType) => {
    expect(() => readUser(body)).toThrow(refused(scimType));
  });

  it('takes the text of an escape and whole surrogate pairs, which can be kept', () => {
    expect(readUser({ userName: 'ada', title: '\\u0000 👩‍💻 \\\\ud800' })).toMatchObject({
      title: '\\u0000 👩‍💻 \\\\ud800',
    });
  });
});

describe('personOf', () => {
  const person = (body: object): ReturnType<typeof personOf> => personOf(readUser({ userName: 'ada', ...body }));

  it('says of the person what the resource says', () => {
    expect(
      person({
        name: { givenName: 'Ada', familyName: 'Lovelace' },
        displayName: 'Ada L.',
        title: 'Countess',
        userType: 'employee',
        timezone: 'Europe/London',
        emails: [{ value: 'ada@example.com' }],
        addresses: [{ locality: 'London', country: 'GB' }],
        [ENTERPRISE_SCHEMA]: { employeeNumber: '101', department: 'Engines' },
      }),
    ).toEqual({
      userName: 'ada',
      email: 'ada@example.com',
      givenName: 'Ada',
      familyName: 'Lovelace',
      displayName: 'Ada L.',
      title: 'Countess',
      employmentType: 'employee',
      timeZone: 'Europe/London',
      employeeNumber: '101',
      department: 'Engines',
      country: 'GB',
      location: 'London',
      status: 'active',
    });
  });

  it('names every field, so that what is gone from the resource is unsaid', () => {
    const full = person({ title: 'x', emails: [{ value: 'a@b.c' }] });
    const empty = person({});
    expect(Object.keys(empty).sort()).toEqual(Object.keys(full).sort());
    expect(empty).toMatchObject({ title: null, email: null, givenName: null, status: 'active' });
  });

  it('finds attributes whatever the case of their names (RFC 7643 §2.1)', () => {
    expect(
      person({ NAME: { GivenName: 'Ada' }, DisplayName: 'A', [ENTERPRISE_SCHEMA.toUpperCase()]: { DEPARTMENT: 'E' } }),
    ).toMatchObject({ givenName: 'Ada', displayName: 'A', department: 'E' });
  });

  it.each<[string, unknown, string | null]>([
    [
      'the primary one',
      [
        { value: 'a@x.y', type: 'work' },
        { value: 'b@x.y', primary: true },
      ],
      'b@x.y',
    ],
    [
      'the one of type work',
      [
        { value: 'a@x.y', type: 'home' },
        { value: 'b@x.y', type: 'work' },
      ],
      'b@x.y',
    ],
    ['the first', [{ value: 'a@x.y' }, { value: 'b@x.y' }], 'a@x.y'],
    [
      'the first of two primary ones (PingOne)',
      [
        { value: 'a@x.y', primary: true },
        { value: 'b@x.y', primary: true },
      ],
      'a@x.y',
    ],
    ['none of an empty list', [], null],
    ['none of a text', 'a@x.y', null],
    ['none where its value is empty', [{ value: '' }], null],
  ])('takes %s of the addresses', (_, emails, email) => {
    expect(person({ emails }).email).toBe(email);
  });

  it('refuses what is no address, no time zone or no text, and says which', () => {
    expect(() => person({ emails: [{ value: 'ada' }], timezone: 'Mars/Base', title: 7 })).toThrow(
      refused('invalidValue'),
    );
    expect(() => person({ emails: [{ value: 'ada' }], title: 7 })).toThrow(
      'email must be an e-mail address; title must be text',
    );
  });

  it('takes active=false as suspended: an account can come back, a termination is HR’s to say', () => {
    expect([true, false, undefined].map((active) => person({ active }).status)).toEqual([
      'active',
      'suspended',
      'active',
    ]);
  });
});

describe('readBoolean', () => {
  it.each([1, 0, null, undefined, '', 'yes', [], {}])('refuses %p', (value) => {
    expect(() => readBoolean(value, 'active')).toThrow('active must be true or false.');
  });
});
