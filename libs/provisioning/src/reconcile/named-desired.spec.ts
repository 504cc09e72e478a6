import { describe, expect, it } from '@jest/globals';
import { namedDesired } from './named-desired.js';

const DESIRED = { enabled: true, attributes: { login: 'jdoe', title: 'Clerk' } };

describe('namedDesired', () => {
  it.each([
    ['has the name that was chosen', { login: { base: 'jdoe', value: 'jdoe2' } }, 'jdoe2'],
    ['has no name that was chosen for something else', { login: { base: 'jroe', value: 'jroe2' } }, 'jdoe'],
    ['is as asked where nothing was chosen', {}, 'jdoe'],
  ])('%s', (_, names, login) => {
    expect(namedDesired(DESIRED, names)).toEqual({ enabled: true, attributes: { login, title: 'Clerk' } });
  });
});
