import { describe, expect, it } from '@jest/globals';
import { judgeStranger, keysOfStranger, keyTargetsOf } from './match-unknown-account.js';

const TARGETS = keyTargetsOf({
  login: 'identity.userName',
  mail: { value: ' identity.email ' },
  title: 'identity.title',
});

describe('an account that nobody of ours has', () => {
  it.each([
    [
      'shows the keys that the mapping holds',
      { attributes: { login: 'ada', mail: 'ada@x', title: 'Boss' } },
      ['userName ada', 'email ada@x'],
    ],
    ['may carry an employee number as its external id', { externalId: '7', attributes: {} }, ['employeeNumber 7']],
    ['shows nothing where it has no value', { attributes: { login: null, mail: ['a', 'b'] } }, []],
  ])('%s', (_, account, expected) => {
    const keys = keysOfStranger({ id: '1', enabled: true, ...account }, TARGETS);
    expect(keys.map(({ name, value }) => `${name} ${value}`)).toEqual(expected);
  });

  const may = (identityId: string, hasAccount = false) => ({ identityId, by: 'email', hasAccount });
  it.each([
    ['nobody', [], 'unmatched'],
    ['one person by two keys', [may('a'), may('a')], 'matched'],
    ['one person who has an account already', [may('a', true)], 'ambiguous'],
    ['two people', [may('a'), may('b')], 'ambiguous'],
  ])('that may be that of %s', (_, candidates, expected) => expect(judgeStranger(candidates)).toBe(expected));
});
