import { describe, expect, it } from '@jest/globals';
import { parsePath, valueAt } from './attribute-path.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('parsePath', () => {
  it.each([
    ['userName', { name: 'userName' }],
    ['name.givenName', { name: 'name', sub: 'givenName' }],
    ['emails[type eq "work"].value', { name: 'emails', filter: { name: 'type', value: 'work' }, sub: 'value' }],
    ['ims[type eq "a\\"b"].value', { name: 'ims', filter: { name: 'type', value: 'a"b' }, sub: 'value' }],
    [`${ENTERPRISE}:department`, { schema: ENTERPRISE, name: 'department' }],
    [`${ENTERPRISE}:manager.value`, { schema: ENTERPRISE, name: 'manager', sub: 'value' }],
  ])('reads %s', (text, expected) => {
    expect(parsePath(text)).toEqual(expected);
  });

  it.each(['', 'two words', 'emails[type]', 'emails[type eq work].value', '.value', 'a.b.c', 'x[', ENTERPRISE + ':'])(
    'refuses "%s"',
    (text) => {
      expect(parsePath(text)).toBeUndefined();
    },
  );
});

describe('valueAt', () => {
  const resource = {
    USERNAME: 'ada',
    name: { GivenName: 'Ada' },
    emails: [
      { type: 'home', value: 'home@x.y' },
      { type: 'Work', value: 'work@x.y', primary: 'True' },
    ],
    roles: [{ value: 'a' }, { value: 'b' }],
    groups: [],
    [ENTERPRISE.toUpperCase()]: { manager: 'bob', costCenter: null },
  };

  it.each([
    ['names in any case', 'userName', 'ada'],
    ['sub-attributes in any case', 'name.givenName', 'Ada'],
    ['the value that the filter picks, in any case', 'emails[type eq "work"].value', 'work@x.y'],
    ['the primary value where none is picked', 'emails.value', 'work@x.y'],
    ['no value where the filter picks none', 'emails[type eq "other"].value', null],
    ['the values of a list', 'roles', ['a', 'b']],
    ['an empty list as no value', 'groups', null],
    ['an extension in any case, and a manager that is a bare text', `${ENTERPRISE}:manager.value`, 'bob'],
    ['null as no value', `${ENTERPRISE}:costCenter`, null],
    ['an absent attribute as no value', 'title', null],
    ['a name that every object inherits as no value', 'constructor', null],
  ])('reads %s', (_, text, expected) => {
    const path = parsePath(text);
    expect(path && valueAt(resource, path)).toEqual(expected);
  });
});
