import { describe, expect, it } from '@jest/globals';
import { identityKey, recordKey, scoreKey } from './correlation-keys.js';
import type { IdentityKeyName } from '../model/identity-key.entity.js';
import type { RecordKeyName } from '../rules/identity-settings.js';
import type { Person } from '../model/person.js';

const ADA: Person = {
  employeeNumber: ' 007 ',
  email: 'ADA@Example.com',
  userName: 'Ａda',
  givenName: 'Ada',
  familyName: 'Müller-Byron',
  custom: { personId: ' P-1 ', badge: 42, empty: ' ', list: ['x'], no: null, flag: true },
};

describe('identityKey', () => {
  it.each<[IdentityKeyName, string | null]>([
    ['employeeNumber', '007'],
    ['email', 'ada@example.com'],
    ['userName', 'ada'],
    ['custom.personId', 'P-1'],
    ['custom.badge', '42'],
    ['custom.empty', null],
    ['custom.list', null],
    ['custom.no', null],
    ['custom.flag', null],
    ['custom.absent', null],
    ['custom.constructor', null],
  ])('%s is %p', (name, key) => {
    expect(identityKey(ADA, name)).toBe(key);
  });

  it('is nothing of somebody of whom nothing is known', () => {
    expect(identityKey({}, 'email')).toBeNull();
    expect(identityKey({ custom: null }, 'custom.personId')).toBeNull();
  });
});

describe('recordKey', () => {
  it.each<[RecordKeyName, IdentityKeyName, string | null]>([
    ['externalId', 'employeeNumber', 'EXT-9'],
    ['externalId', 'userName', 'ext-9'],
    ['userName', 'email', 'ada'],
    ['email', 'custom.personId', 'ADA@Example.com'],
    ['custom.personId', 'employeeNumber', 'P-1'],
  ])('%s is normalised as the %s that it is compared with: %p', (name, as, key) => {
    expect(recordKey({ person: ADA, externalId: ' EXT-9 ' }, name, as)).toBe(key);
  });
});

describe('scoreKey', () => {
  it.each([
    ['name', 'ada byron muller'],
    ['familyName', 'byron muller'],
    ['email', 'ada@example.com'],
    ['custom.badge', '42'],
  ] as const)('among %s it is %p', (among, key) => {
    expect(scoreKey(ADA, among)).toBe(key);
  });
});
