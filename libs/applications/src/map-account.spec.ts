import { describe, expect, it } from '@jest/globals';
import type { Person } from '@tenure/identity';
import { compileMapping, mapAccount } from './map-account.js';

const valueOf = (expression: string, attributes: Person = {}): unknown =>
  mapAccount(compileMapping({ target: expression }), {
    id: 'i1',
    state: 'active',
    attributes,
    managerId: null,
    isManager: true,
  }).attributes.target;

describe('mapAccount', () => {
  it('gives each target attribute the value of its expression, in the order of the mapping', () => {
    const mapping = compileMapping({
      login: 'identity.userName',
      'name.givenName': 'identity.givenName',
      kind: '"employee"',
    });
    const account = mapAccount(mapping, {
      id: 'i1',
      state: 'active',
      attributes: { userName: 'ada', givenName: 'Ada' },
      managerId: null,
      isManager: false,
    });
    expect(Object.entries(account.attributes)).toEqual([
      ['login', 'ada'],
      ['name.givenName', 'Ada'],
      ['kind', 'employee'],
    ]);
  });

  it.each<[string, Person, unknown]>([
    ['identity.title', { title: 'Countess' }, 'Countess'],
    ['identity.title', {}, null],
    ['identity.title', { title: null }, null],
    ['""', {}, null],
    ['identity.givenName + " " + identity.familyName', { givenName: 'Ada', familyName: 'Byron' }, 'Ada Byron'],
    ['identity.givenName + " " + identity.familyName', { givenName: 'Ada' }, null],
    ['identity.isManager', {}, true],
    ['identity.isManager ? "lead" : "staff"', {}, 'lead'],
    ['identity.custom.seats', { custom: { seats: 2 } }, 2],
    ['identity.custom.seats', {}, null],
    ['identity.groups', { groups: ['a', 'b'] }, ['a', 'b']],
    ['identity.groups', {}, []],
    ['identity.custom.tags', { custom: { tags: ['a', 1, true, null, { b: 1 }] } }, ['a', '1', 'true', '{"b":1}']],
    ['identity.custom.office', { custom: { office: { floor: 4 } } }, '{"floor":4}'],
    ['identity.custom.level + 1', { custom: { level: 'three' } }, null],
    ['10 / identity.custom.level', { custom: { level: 0 } }, null],
  ])('%s for %j is %j', (expression, attributes, value) => {
    expect(valueOf(expression, attributes)).toEqual(value);
  });

  it('refuses to plan what was never checked', () => {
    expect(() => compileMapping({ login: 'identity.usrName' })).toThrow();
  });
});

describe('E13: a value that no account can have', () => {
  const PERSON = {
    id: 'i1',
    state: 'active',
    attributes: { userName: 'ada', title: 'x'.repeat(60_000) },
    managerId: null,
    isManager: true,
  } as const;

  it.each([
    ['NUL', '"a\\u0000b"'],
    ['a NUL in a list', '["a", "b\\u0000"]'],
    ['a number that is not finite', '1.0 / 0.0'],
    ['a text that is too long', 'identity.title + identity.title'],
  ])('is left out and named, and the other values are there: %s', (_, expression) => {
    const failed: string[] = [];
    const { attributes } = mapAccount(
      compileMapping({ bad: expression, login: 'identity.userName' }),
      PERSON,
      undefined,
      (target) => failed.push(target),
    );
    expect(attributes).toEqual({ bad: null, login: 'ada' });
    expect(failed).toEqual(['bad']);
  });

  it('of half a surrogate pair is left out, and a whole one is kept', () => {
    expect(valueOf('identity.title', { title: 'a\ud83d' })).toBeNull();
    expect(valueOf('identity.title', { title: 'a\ud83d\ude00' })).toBe('a\ud83d\ude00');
  });
});
