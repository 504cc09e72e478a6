import { describe, expect, it } from '@jest/globals';
import { catalogueOf } from '../schema/catalogue.js';
import { listUniqueValues } from '../resources/list-unique-values.js';
import { readSchema } from '../schema/read-schema.js';
import { refoldResource } from './reindex-resource.js';

const BADGE = 'urn:example:params:scim:badge:1.0:User';
const { registered, faults } = readSchema({
  urn: BADGE,
  name: 'Badge',
  resourceType: 'User',
  attributes: [
    { name: 'number', type: 'string', uniqueness: 'server' },
    { name: 'floor', type: 'integer' },
    {
      name: 'cards',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'code', type: 'string', uniqueness: 'global' }],
    },
  ],
});
const { user } = catalogueOf([registered]);
const refold = (part: unknown, name = BADGE) =>
  refoldResource(user, registered.schema, { userName: 'ada', [name]: part });

describe('a resource that was written before its schema (RFC 7643 §3.3)', () => {
  it('has a schema without faults', () => expect(faults).toEqual([]));

  it.each([
    ['names in the schema’s case', { Number: '7', FLOOR: 3 }, { number: '7', floor: 3 }],
    ['what the schema does not know', { colour: 'red' }, { colour: 'red' }],
  ])('is read with %s', (_, given, part) => {
    expect(refold(given)).toMatchObject({ raw: { [BADGE]: part }, comparable: { userName: 'ada', [BADGE]: part } });
  });

  it('keeps what the schema refuses, and compares without it', () => {
    expect(refold({ number: '7', floor: 'third' })).toMatchObject({
      raw: { [BADGE]: { number: '7', floor: 'third' } },
      comparable: { [BADGE]: { number: '7' } },
    });
    expect(refold({ floor: 'third' })?.comparable).toEqual({ userName: 'ada', [BADGE]: {} });
  });

  it('is found under the URN in any case', () => {
    expect(Object.keys(refold({ number: '7' }, BADGE.toUpperCase())?.raw ?? {})).toContain(BADGE);
  });

  it.each([undefined, 'text', []])('is left alone where %p stands for the extension', (part) => {
    expect(refold(part)).toBeNull();
  });
});

describe('values that must be unique (RFC 7643 §7)', () => {
  it('are listed in the form in which they are compared', () => {
    const resource = {
      userName: 'Ada',
      [BADGE]: { number: 'A7', floor: 3, cards: [{ code: 'X' }, { code: '' }, { code: 'y' }] },
    };
    expect(listUniqueValues(user, resource)).toEqual([
      { scope: 'server', path: `${BADGE}:number`, key: 'a7' },
      { scope: 'global', path: `${BADGE}:cards.code`, key: 'x' },
      { scope: 'global', path: `${BADGE}:cards.code`, key: 'y' },
    ]);
    expect(listUniqueValues(user, { userName: 'Ada' })).toEqual([]);
  });
});
