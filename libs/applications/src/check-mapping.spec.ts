import { describe, expect, it } from '@jest/globals';
import { checkMapping } from './check-mapping.js';

describe('checkMapping', () => {
  it('has nothing to say of a sound mapping', () => {
    expect(
      checkMapping({
        userName: 'identity.email',
        active: 'identity.state == "active"',
        tags: 'identity.groups',
        'name.x': '"x"',
      }),
    ).toEqual([]);
  });

  it('names the target, the position and what was probably meant', () => {
    expect(checkMapping({ userName: 'identity.departmnt' })).toEqual([
      { path: 'mapping.userName', message: expect.stringContaining('departmnt'), offset: 9, suggestion: 'department' },
    ]);
  });

  it('lists the mistakes of every attribute, and only of those', () => {
    const faults = checkMapping({ a: 'identity.email +', b: 'identity.email', c: 'nobody.email', d: '' });
    expect(faults.map(({ path }) => path)).toEqual(['mapping.a', 'mapping.c', 'mapping.d']);
    for (const { offset } of faults) expect(offset).toEqual(expect.any(Number));
  });

  it.each([
    ['a text and a number', 'identity.email + 1'],
    ['a number of a text', 'identity.isManager + 1'],
    ['a list as a map', 'identity.groups.name'],
  ])('refuses to mix %s', (_, expression) => {
    expect(checkMapping({ a: expression })).not.toEqual([]);
  });
});
