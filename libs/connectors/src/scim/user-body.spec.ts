import { describe, expect, it } from '@jest/globals';
import type { AccountChange } from '../spi.js';
import { observedUser, userBody, userPatch } from './user-body.js';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const WORK_CITY = 'addresses[type eq "work"].locality';
const WORK_COUNTRY = 'addresses[type eq "work"].country';

describe('userBody', () => {
  it('nests flat attributes as SCIM has them, and leaves out what has no value', () => {
    const attributes = {
      userName: 'ada',
      'name.givenName': 'Ada',
      'name.familyName': 'Lovelace',
      'emails[type eq "work"].value': 'ada@example.com',
      [WORK_CITY]: 'London',
      [WORK_COUNTRY]: 'GB',
      [`${ENTERPRISE}:department`]: 'Engines',
      [`${ENTERPRISE}:manager.value`]: 'boss-id',
      entitlements: ['a', 'b'],
      title: null,
    };
    expect(userBody({ externalId: 'account-1', enabled: true, attributes })).toEqual({
      schemas: [CORE, ENTERPRISE],
      externalId: 'account-1',
      active: true,
      userName: 'ada',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      emails: [{ type: 'work', value: 'ada@example.com' }],
      addresses: [{ type: 'work', locality: 'London', country: 'GB' }],
      [ENTERPRISE]: { department: 'Engines', manager: { value: 'boss-id' } },
      entitlements: [{ value: 'a' }, { value: 'b' }],
    });
  });
});

describe('userPatch', () => {
  it.each<[string, AccountChange, unknown]>([
    ['disables', { enabled: false }, [{ op: 'replace', path: 'active', value: false }]],
    ['adopts', { externalId: 'a' }, [{ op: 'replace', path: 'externalId', value: 'a' }]],
    ['sets', { attributes: { 'name.givenName': 'Ada' } }, [{ op: 'replace', path: 'name.givenName', value: 'Ada' }]],
    ['clears', { attributes: { title: null } }, [{ op: 'remove', path: 'title' }]],
    [
      'clears a value of a list with the element that it is',
      { attributes: { 'emails[type eq "work"].value': null } },
      [{ op: 'remove', path: 'emails[type eq "work"]' }],
    ],
    [
      'clears one part of an element, and leaves the element',
      { attributes: { [WORK_CITY]: null } },
      [{ op: 'remove', path: WORK_CITY }],
    ],
    ['does nothing', {}, []],
  ])('%s', (_, change, expected) => {
    expect(userPatch(change)).toEqual(expected);
  });

  it('adds the parts of a missing element as one element (SCIM-SDK #680), and removes nothing that is not there', () => {
    const attributes = { [WORK_CITY]: 'Paris', [WORK_COUNTRY]: 'FR', 'emails[type eq "work"].value': null };
    expect(userPatch({ attributes }, { addresses: [{ type: 'home', locality: 'Rome' }] })).toEqual([
      { op: 'add', path: 'addresses', value: [{ type: 'work', locality: 'Paris', country: 'FR' }] },
    ]);
  });

  it('refuses what is not a SCIM path', () => {
    expect(() => userPatch({ attributes: { 'two words': 'x' } })).toThrow('"two words" is not a SCIM attribute path');
  });
});

describe('observedUser', () => {
  it.each([
    [true, true],
    ['True', true],
    [false, false],
    ['False', false],
    ['false', false],
    [undefined, true],
  ])('reads active %p as %p', (active, enabled) => {
    expect(observedUser({ id: '1', active }, []).enabled).toBe(enabled);
  });

  it('holds the mapped attributes and no others, absent ones as null', () => {
    expect(observedUser({ id: '1', externalId: '', userName: 'ada', nickName: 'A' }, ['userName', 'title'])).toEqual({
      id: '1',
      externalId: undefined,
      enabled: true,
      attributes: { userName: 'ada', title: null },
    });
  });
});
