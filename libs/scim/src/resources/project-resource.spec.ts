import { describe, expect, it } from '@jest/globals';
import { catalogueOf } from '../schema/catalogue.js';
import { readSchema } from '../schema/read-schema.js';
import type { Values } from '../schema/read-value.js';
import { namesOf, projectResource, writtenPaths, type Projection } from './project-resource.js';

const BADGE = 'urn:example:params:scim:badge:1.0:User';
const { registered } = readSchema({
  urn: BADGE,
  name: 'Badge',
  resourceType: 'User',
  attributes: [
    { name: 'number' },
    { name: 'notes', returned: 'request' },
    { name: 'pin', returned: 'never' },
    {
      name: 'cards',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'code' }, { name: 'log', returned: 'request' }],
    },
  ],
});
const { user } = catalogueOf([registered]);
const WHOLE = {
  schemas: ['x'],
  id: '1',
  userName: 'ada',
  emails: [{ value: 'ada@example.com', type: 'work' }],
  [BADGE]: { number: '7', notes: 'n', pin: '0', cards: [{ code: 'c', log: 'l' }] },
};
const CARDS = [{ code: 'c' }];
const badgeOf = (projection: Projection): unknown => projectResource(user, WHOLE, projection)[BADGE];

describe('attributes of an answer (RFC 7644 §3.9, `returned` of RFC 7643 §7)', () => {
  it.each<[string, Projection, Values]>([
    [
      'all that are returned by default',
      {},
      { schemas: ['x'], id: '1', userName: 'ada', emails: WHOLE.emails, [BADGE]: { number: '7', cards: CARDS } },
    ],
    [
      'those asked for, and what is always there',
      { attributes: ['username'] },
      { schemas: ['x'], id: '1', userName: 'ada' },
    ],
    ['parts', { attributes: ['emails.value'] }, { schemas: ['x'], id: '1', emails: [{ value: 'ada@example.com' }] }],
    ['not those left out', { excluded: ['emails', BADGE, 'id'] }, { schemas: ['x'], id: '1', userName: 'ada' }],
    [
      'one that is returned on request',
      { attributes: [`${BADGE}:notes`] },
      { schemas: ['x'], id: '1', [BADGE]: { notes: 'n' } },
    ],
    ['none that is never returned', { attributes: [`${BADGE}:pin`] }, { schemas: ['x'], id: '1' }],
  ])('are %s', (_, projection, answer) => {
    expect(projectResource(user, WHOLE, projection)).toEqual(answer);
  });

  it.each<[string, readonly string[], object]>([
    ['what it named on request', [`${BADGE}:notes`], { number: '7', notes: 'n', cards: CARDS }],
    ['parts that it named', [`${BADGE}:cards`], { number: '7', cards: [{ code: 'c', log: 'l' }] }],
    ['nothing more of what it did not name', ['userName', `${BADGE}:number`], { number: '7', cards: CARDS }],
    ['nothing that is never returned', [`${BADGE}:pin`], { number: '7', cards: CARDS }],
  ])('P4: after a write have %s', (_, written, badge) => {
    expect(badgeOf({ written })).toEqual(badge);
  });

  it('P4: after a write that asks for others are those', () => {
    expect(badgeOf({ attributes: [`${BADGE}:number`], written: [`${BADGE}:notes`] })).toEqual({ number: '7' });
    expect(badgeOf({ excluded: [`${BADGE}:notes`], written: [`${BADGE}:notes`] })).toEqual({
      number: '7',
      cards: CARDS,
    });
  });
});

describe('what a write names', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['a resource', { userName: 'ada', [BADGE]: { notes: 'n' } }, ['userName', `${BADGE}:notes`]],
    ['a path', { Operations: [{ op: 'add', path: `${BADGE}:notes`, value: 'n' }] }, [`${BADGE}:notes`]],
    ['a path with a filter', { Operations: [{ op: 'add', path: 'emails[type eq "work"].value' }] }, ['emails.value']],
    ['a value without a path', { operations: [{ op: 'add', value: { [BADGE]: { notes: 'n' } } }] }, [`${BADGE}:notes`]],
    ['no object', 'x', []],
  ])('in %s', (_, body, paths) => {
    expect(writtenPaths(user, body)).toEqual(paths);
  });

  it('is nobody’s question where nothing is returned on request', () => {
    expect(writtenPaths(catalogueOf([]).user, { userName: 'ada' })).toEqual([]);
  });
});

describe('names of attributes', () => {
  it.each<[unknown, readonly string[] | undefined]>([
    ['a, b', ['a', 'b']],
    [
      ['a', 'b,c'],
      ['a', 'b', 'c'],
    ],
    ['', undefined],
    [undefined, undefined],
  ])('%j: %j', (given, names) => expect(namesOf(given)).toEqual(names));
});
