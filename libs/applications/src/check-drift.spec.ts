import { describe, expect, it } from '@jest/globals';
import { checkDrift } from './check-drift.js';

describe('checkDrift', () => {
  it.each<[string, unknown]>([
    ['nothing', {}],
    [
      'a reaction per attribute',
      { reaction: 'revert', attributes: { title: 'adopt', enabled: 'ask' }, entitlements: 'revert' },
    ],
    ['an interval', { everyHours: 6 }],
    ['no interval', { everyHours: null }],
  ])('takes %s', (_, drift) => expect(checkDrift(drift)).toEqual([]));

  it.each<[string, unknown, string]>([
    ['a word for an object', 'revert', 'drift'],
    ['an unknown reaction', { reaction: 'undo' }, 'drift.reaction'],
    ['an unknown reaction of an attribute', { attributes: { title: 'undo' } }, 'drift.attributes.title'],
    ['a list of attributes', { attributes: ['title'] }, 'drift.attributes'],
    ['taking over that somebody can log in', { attributes: { enabled: 'adopt' } }, 'drift.attributes.enabled'],
    ['taking over memberships', { entitlements: 'adopt' }, 'drift.entitlements'],
    ['an unknown key', { every: 6 }, 'drift.every'],
    ['less than a quarter of an hour', { everyHours: 0 }, 'drift.everyHours'],
    ['a text for hours', { everyHours: '6' }, 'drift.everyHours'],
  ])('refuses %s by its path', (_, drift, path) => expect(checkDrift(drift)).toMatchObject([{ path }]));
});
