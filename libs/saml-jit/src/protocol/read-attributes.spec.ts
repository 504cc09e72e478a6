import { describe, expect, it } from '@jest/globals';
import { readAttributes, type SamlAttributes } from './read-attributes.js';
import { parseXml } from './xml.js';

const readAll = (...statements: string[]): ReturnType<typeof readAttributes> =>
  readAttributes(
    parseXml(
      `<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
        `${statements.map((statement) => `<a:AttributeStatement>${statement}</a:AttributeStatement>`).join('')}</a:Assertion>`,
    ),
  );
const read = (...statements: string[]): SamlAttributes => readAll(...statements).attributes;
const attribute = (name: string, ...values: string[]): string =>
  `<a:Attribute Name="${name}">${values.map((value) => `<a:AttributeValue>${value}</a:AttributeValue>`).join('')}</a:Attribute>`;

describe('attributes', () => {
  it.each<[string, string, SamlAttributes]>([
    ['one value', attribute('email', 'a@x'), { email: ['a@x'] }],
    ['many values', attribute('Role', 'a', 'b'), { Role: ['a', 'b'] }],
    [
      'a repeated attribute, as Keycloak sends',
      attribute('Role', 'a') + attribute('mail', 'm') + attribute('Role', 'b'),
      { Role: ['a', 'b'], mail: ['m'] },
    ],
    ['no value: empty, not absent', attribute('groups'), { groups: [] }],
    ['an empty value', attribute('title', ''), { title: [''] }],
    ['nil', '<a:Attribute Name="title"><a:AttributeValue xsi:nil="true"/></a:Attribute>', { title: [] }],
    ['a NameID', attribute('targeted', '<a:NameID>x</a:NameID>'), { targeted: ['x'] }],
    [
      'structure: as if absent, so that it clears nothing',
      attribute('address', '<x><y/></x>') + attribute('b', '1'),
      { b: ['1'] },
    ],
    ['an element of another namespace', '<Attribute Name="email"/>', {}],
    ['nothing', '', {}],
  ])('%s', (_, statement, expected) => expect(read(statement)).toEqual(expected));

  it('of several statements are one set', () =>
    expect(read(attribute('a', '1'), attribute('a', '2'))).toEqual({ a: ['1', '2'] }));

  it('F3: of which one value has structure are kept apart, with the values that are text', () => {
    const structured = '<x><y/></x>';
    expect(readAll(attribute('groups', 'a', structured, 'b') + attribute('Role', structured))).toEqual({
      attributes: {},
      partial: { groups: ['a', 'b'], Role: [] },
    });
  });

  it('named like a part of every object are only attributes', () => {
    const attributes = read(attribute('__proto__', 'x') + attribute('constructor', 'y'));
    expect(Object.entries(attributes)).toEqual([
      ['__proto__', ['x']],
      ['constructor', ['y']],
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
