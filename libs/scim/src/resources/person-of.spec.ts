import { describe, expect, it } from '@jest/globals';
import { CORE_CATALOGUE } from '../schema/catalogue.js';
import { ENTERPRISE_SCHEMA } from '../schema/core-schemas.js';
import { personOf } from './person-of.js';

const person = (user: object) => personOf({ userName: 'ada', ...user }, CORE_CATALOGUE);

describe('the person of a SCIM user (RFC 7643 §4.1, §4.3)', () => {
  it('has each attribute that the product knows', () => {
    const user = {
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      displayName: 'Ada L.',
      title: 'Countess',
      userType: 'employee',
      addresses: [{ country: 'GB', locality: 'London' }],
      timezone: 'Europe/London',
      [ENTERPRISE_SCHEMA]: { employeeNumber: '7', department: 'Engines' },
    };
    expect(person(user)).toMatchObject({
      ...{ userName: 'ada', givenName: 'Ada', familyName: 'Lovelace', displayName: 'Ada L.', title: 'Countess' },
      ...{ employmentType: 'employee', employeeNumber: '7', department: 'Engines', timeZone: 'Europe/London' },
      ...{ country: 'GB', location: 'London', status: 'active' },
    });
  });

  it.each([
    [
      'the primary address',
      [
        { value: 'w@example.com', type: 'work' },
        { value: 'p@example.com', primary: true },
      ],
      'p@example.com',
    ],
    [
      'else that of type work',
      [
        { value: 'h@example.com', type: 'home' },
        { value: 'w@example.com', type: 'work' },
      ],
      'w@example.com',
    ],
    ['else the first', [{ value: 'h@example.com' }, { value: 'x@example.com' }], 'h@example.com'],
    ['none that is no address', [{ value: 'not an address' }], null],
    ['none', [], null],
  ])('email: %s', (_, emails, email) => {
    expect(person({ emails }).email).toBe(email);
  });

  it.each([
    [false, 'suspended'],
    [true, 'active'],
    [undefined, 'active'],
  ])('active %p: %s', (active, status) => {
    expect(person({ active }).status).toBe(status);
  });

  it('unsays what is gone, and keeps no tab or line feed (P7)', () => {
    expect(person({ title: 'a\tb\nc' }).title).toBe('a b c');
    expect(person({})).toMatchObject({ title: null, department: null, givenName: null });
  });
});
